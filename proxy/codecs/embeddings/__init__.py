"""Embeddings, one codec for each protocol that has them."""

from __future__ import annotations

from typing import Final

from proxy.codecs.embedding import EmbeddingCodec
from proxy.core.lazy import LazyMap, imported

_PLACES: Final = {
    "azure": "proxy.codecs.embeddings.azure:AzureEmbeddings",
    "bedrock": "proxy.codecs.embeddings.bedrock:BedrockEmbeddings",
    "cohere": "proxy.codecs.embeddings.cohere:CohereEmbeddings",
    "gemini": "proxy.codecs.embeddings.gemini:GeminiEmbeddings",
    "mistral": "proxy.codecs.embeddings.mistral:MistralEmbeddings",
    "ollama": "proxy.codecs.embeddings.ollama:OllamaEmbeddings",
    "openai": "proxy.codecs.embeddings.openai:OpenAIEmbeddings",
    "vertex": "proxy.codecs.embeddings.vertex:VertexEmbeddings",
}


def _made(protocol: str) -> EmbeddingCodec:
    codec: EmbeddingCodec = imported(_PLACES[protocol])()
    return codec


EMBEDDINGS: Final = LazyMap(_PLACES, _made)
"""By the protocol's name in the configuration, each loaded when it is first asked for."""
