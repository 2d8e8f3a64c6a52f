"""Speaks Cohere's chat API, `/v2/chat`.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.cohere import faults
from proxy.codecs.cohere.decode import decode
from proxy.codecs.cohere.encode import encode
from proxy.codecs.cohere.stream import CohereStream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Cohere:
    """The codec; it serves any number of calls."""

    name = "cohere"

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return encode(request, target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer."""
        del status, headers, target
        return decode(body, created=created)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> CohereStream:
        """A decoder for one streamed answer to this request."""
        del request
        return CohereStream(target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)
