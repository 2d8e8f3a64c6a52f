"""Speaks OpenAI's Responses API to OpenAI, to Azure, and to everyone else who has it.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.responses import faults
from proxy.codecs.responses.decode import decode
from proxy.codecs.responses.encode import encode
from proxy.codecs.responses.need import PROTOCOL
from proxy.codecs.responses.stream import ResponseStream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Responses:
    """The codec; it serves any number of calls."""

    name = PROTOCOL

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
        """Read a whole answer.

        With the target, encrypted reasoning is bound to the provider that made it; without, to the model alone.
        """
        del status, headers
        return decode(body, created=created, target=target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> ResponseStream:
        """A decoder for one streamed answer to this request."""
        del request
        return ResponseStream(target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)
