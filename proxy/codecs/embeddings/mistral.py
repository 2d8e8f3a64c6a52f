"""Embeddings at Mistral: OpenAI's shape with another name for the size, and strict about everything else.

Source: https://docs.mistral.ai/api/endpoint/embeddings (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.embeddings.dialects import MISTRAL
from proxy.codecs.embeddings.openai import RESOURCE, read, relayed
from proxy.codecs.mistral import Mistral
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Target
from proxy.core.steps import Steps


class MistralEmbeddings:
    """The codec; it serves any number of calls."""

    name = "mistral"

    def __init__(self) -> None:
        self._chat = Mistral()

    def most(self, target: Target) -> int | None:
        """No count is known: the limit is one on all tokens together."""
        del target
        return MISTRAL.most

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call."""
        return relayed(request, target, MISTRAL, f"{target.base_url}/{RESOURCE}")

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        target: Target | None = None,
    ) -> Steps[Embeddings]:
        """Read a whole answer."""
        del status, headers
        return read(body, target)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure, in the provider's own words."""
        return self._chat.fault(status, headers, body)
