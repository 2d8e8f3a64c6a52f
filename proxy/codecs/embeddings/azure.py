"""Embeddings at Azure: OpenAI's own, at Azure's addresses and with its key header.

Foundry's older inference API has models of all makers, who know what vectors are for; OpenAI's deployments do not.

Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from proxy.codecs.azure import FOUNDRY, Azure, head, url
from proxy.codecs.embeddings.dialects import COMPATIBLE, OPENAI, Dialect
from proxy.codecs.embeddings.openai import RESOURCE, read, relayed
from proxy.core.embedding import EmbeddingRequest, Embeddings
from proxy.core.errors import ProxyError
from proxy.core.shape import HttpCall, Target
from proxy.core.steps import Steps


class AzureEmbeddings:
    """The codec; it serves any number of calls, and reads the same of `Target.options` as the chat codec."""

    name = "azure"

    def __init__(self) -> None:
        self._chat = Azure()

    def most(self, target: Target) -> int | None:
        """Inputs that one call may have."""
        return _dialect(target).most

    def encode(self, request: EmbeddingRequest, target: Target) -> HttpCall:
        """Write the call for this deployment."""
        call = relayed(request, target, _dialect(target), url(target, RESOURCE))
        return replace(call, headers=head(call.headers, target))

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
        """Name a failure, also by the code inside its `innererror`."""
        return self._chat.fault(status, headers, body)


def _dialect(target: Target) -> Dialect:
    return COMPATIBLE if target.base_url.endswith(FOUNDRY) else OPENAI
