"""Speaks Amazon Bedrock's Converse API: one grammar for every family of models there.

A caller of the Messages API has its own body relayed to Claude, by InvokeModel; to all other models it is translated.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.anthropic.faults import is_of_thinking
from proxy.codecs.anthropic.relay import check_translatable, relays
from proxy.codecs.bedrock import faults, invoke
from proxy.codecs.bedrock.decode import decode
from proxy.codecs.bedrock.draft import PROTOCOL
from proxy.codecs.bedrock.encode import encode
from proxy.codecs.bedrock.frames import FrameReader
from proxy.codecs.bedrock.invoke_stream import InvokeStream
from proxy.codecs.bedrock.stream import ConverseStream
from proxy.codecs.plain.unsigned import unsigned
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Bedrock:
    """The codec; it serves any number of calls."""

    name = PROTOCOL

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target; without an API key it must still be signed (`HttpCall.auth`)."""
        if invoke.serves(request, target):
            return invoke.encode(request, target)
        check_translatable(request)
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
        """Read a whole answer. Without a target it has no model's name, because the provider gives none."""
        del status
        return decode(headers, body, created=created, target=target)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> FrameReader:
        """A decoder for one streamed answer to this request."""
        read = InvokeStream if invoke.serves(request, target) else ConverseStream
        return read(request, target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without signed reasoning, where Claude's was refused; a relayed body is its caller's own."""
        if relays(request) or not is_of_thinking(failure):
            return None
        return unsigned(request)
