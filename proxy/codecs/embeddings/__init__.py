"""Embeddings, one codec for each protocol that has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs.embedding import EmbeddingCodec
from proxy.codecs.embeddings.azure import AzureEmbeddings
from proxy.codecs.embeddings.bedrock import BedrockEmbeddings
from proxy.codecs.embeddings.cohere import CohereEmbeddings
from proxy.codecs.embeddings.gemini import GeminiEmbeddings
from proxy.codecs.embeddings.mistral import MistralEmbeddings
from proxy.codecs.embeddings.ollama import OllamaEmbeddings
from proxy.codecs.embeddings.openai import OpenAIEmbeddings
from proxy.codecs.embeddings.vertex import VertexEmbeddings

EMBEDDINGS: Final[Mapping[str, EmbeddingCodec]] = {
    "azure": AzureEmbeddings(),
    "bedrock": BedrockEmbeddings(),
    "cohere": CohereEmbeddings(),
    "gemini": GeminiEmbeddings(),
    "mistral": MistralEmbeddings(),
    "ollama": OllamaEmbeddings(),
    "openai": OpenAIEmbeddings(),
    "vertex": VertexEmbeddings(),
}
"""By the protocol's name in the configuration."""
