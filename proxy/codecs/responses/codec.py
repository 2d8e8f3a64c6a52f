"""Speaks OpenAI's Responses API to OpenAI, to Azure, and to everyone else who has it.

A caller who speaks it too gets its own body sent and the provider's own events back; all others are translated.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from proxy.codecs.plain.unsigned import unsigned
from proxy.codecs.responses import faults, relay
from proxy.codecs.responses.decode import decode
from proxy.codecs.responses.encode import encode
from proxy.codecs.responses.need import PROTOCOL
from proxy.codecs.responses.relay_stream import ResponseRelay
from proxy.codecs.responses.stream import ResponseStream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target

_SEALED: Final = "invalid_encrypted_content"


class Responses:
    """The codec; it serves any number of calls."""

    name = PROTOCOL

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return relay.encode(request, target) if relay.relays(request) else encode(request, target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer; `native` holds its bytes.

        With the target, encrypted reasoning is bound to the provider that made it; without, to the model alone.
        """
        del status, headers
        return decode(body, created=created, target=target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> ResponseStream:
        """A decoder for one streamed answer to this request."""
        read = ResponseRelay if relay.relays(request) else ResponseStream
        return read(target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without encrypted reasoning, where that was refused; a relayed body is its caller's own."""
        if relay.relays(request) or failure.code != _SEALED:
            return None
        return unsigned(request)
