"""Speaks Cohere's chat API, `/v2/chat`.

Source: https://docs.cohere.com/v2/reference/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.cohere import faults
from proxy.codecs.cohere.decode import decode
from proxy.codecs.cohere.encode import encode
from proxy.codecs.cohere.stream import CohereStream
from proxy.codecs.plain.freeform import FreeformStream, as_functions, customs_again, names_of
from proxy.codecs.plain.results import hoisted
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Json, Target


class Cohere:
    """The codec; it serves any number of calls."""

    name = "cohere"

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return encode(replace(request, body=_told(request.body)), target)

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
        return customs_again(decode(body, created=created))

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer to this request."""
        stream, names = CohereStream(target, created), names_of(request.body)
        return FreeformStream(stream, names, target.max_answer) if names else stream

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)


def _told(body: Json) -> Json:
    """A request without custom tools, and with nothing but text in the results of tools."""
    told = as_functions(body)
    messages = told.get("messages")
    new = hoisted(messages) if isinstance(messages, list) else messages
    return told if new is messages else {**told, "messages": new}
