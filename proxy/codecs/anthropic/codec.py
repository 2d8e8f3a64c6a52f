"""Speaks the Anthropic Messages API to Anthropic, and to every server that is compatible with it.

A caller who speaks it too gets its own body sent and the provider's own events back; all others are translated.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.anthropic import faults, relay
from proxy.codecs.anthropic.decode import decode
from proxy.codecs.anthropic.draft import PROTOCOL
from proxy.codecs.anthropic.encode import encode
from proxy.codecs.anthropic.relay_stream import MessagesRelay
from proxy.codecs.anthropic.stream import MessagesStream
from proxy.codecs.plain.unsigned import unsigned
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Anthropic:
    """The codec; it serves any number of calls."""

    name = PROTOCOL

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        if relay.relays(request):
            return relay.encode(request, target)
        relay.check_translatable(request)
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
        """Read a whole answer; `native` holds its bytes."""
        del status, headers, target
        return decode(body, created=created)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> MessagesStream:
        """A decoder for one streamed answer to this request."""
        read = MessagesRelay if relay.relays(request) else MessagesStream
        return read(request, target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without signed thinking, where that was refused; a relayed body is its caller's own."""
        if relay.relays(request) or not faults.is_of_thinking(failure):
            return None
        return unsigned(request)
