"""The codecs of chat, one for each protocol that providers speak; those of embeddings stand in `embeddings/`.

Invariant: each is loaded when it is first asked for, so that a protocol that nobody uses costs nothing.
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.codec import Codec
from proxy.core.lazy import LazyMap, imported

_PLACES: Final = {
    "openai": "proxy.codecs.openai:OpenAI",
    "anthropic": "proxy.codecs.anthropic:Anthropic",
    "gemini": "proxy.codecs.gemini:Gemini",
    "vertex": "proxy.codecs.vertex:Vertex",
    "bedrock": "proxy.codecs.bedrock:Bedrock",
    "azure": "proxy.codecs.azure:Azure",
    "ollama": "proxy.codecs.ollama:Ollama",
    "cohere": "proxy.codecs.cohere:Cohere",
    "mistral": "proxy.codecs.mistral:Mistral",
    "responses": "proxy.codecs.responses.codec:Responses",
    "completions": "proxy.codecs.completions.codec:Completions",
}


def _made(protocol: str) -> Codec:
    codec: Codec = imported(_PLACES[protocol])()
    return codec


CODECS: Final = LazyMap(_PLACES, _made)
"""By the protocol's name in the configuration."""
