"""Reads a streamed response for a caller of the Responses API: every event keeps its own bytes.

What the events say in chat is told as for any other caller, because the commit, the clocks, usage and the check for a
cut all live on that, but with nothing between texts that no event says. The event itself comes as `native` with the first
chunk that it makes, and where it makes none with one that says nothing. So the natives of a stream are its events, each
once and in their order. The error that a `response.failed` tells again is raised, not relayed.

Invariant: a native payload is one JSON object on one line, and its name can be put into a stream as it is.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-21).
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from proxy.codecs.responses.items import KINDS
from proxy.codecs.responses.need import PROTOCOL
from proxy.codecs.responses.stream import ResponseStream
from proxy.core import jsons
from proxy.core.shape import Chunk, Native
from proxy.wire.sse import SseEvent

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_ADDED: Final = "response.output_item.added"


class ResponseRelay(ResponseStream):
    """The decoder of one stream, with its events."""

    apart: ClassVar = ""
    """Its caller has the items themselves, and what is kept of each is its own text."""

    def _take(self, event: SseEvent) -> list[Chunk]:
        before = self._events
        chunks = super()._take(event)
        if self._events == before or self._warning is not None:
            return chunks
        if not chunks:
            chunks = [self._answer.silent()]
        chunks[0]["native"] = _native(event)
        return chunks


def _native(event: SseEvent) -> Native:
    payload, name = event.data.strip(), event.event
    if not name:
        # What stands in for the missing name is the type, as all readers of this protocol have it.
        name = str(_member(payload, "type") or "")
    if not payload.startswith(b"{") or b"\n" in payload or b"\r" in payload:
        payload = jsons.encode(jsons.decode(payload))
    native: Native = {"dialect": PROTOCOL, "payload": payload}
    if _NAME.fullmatch(name):
        native["event"] = name
    if name == _ADDED and _is_run_there(_member(payload, "item")):
        native["speaks"] = True
    return native


def _is_run_there(item: Any) -> bool:
    """Whether an item is of a tool that the provider runs itself, which its callers see and chat has no form for."""
    if not isinstance(item, dict):
        return False
    kind = KINDS.get(str(item.get("type")))
    return kind is None or kind.is_run_there


def _member(payload: bytes, name: str) -> Any:
    return jsons.decode(bytes(jsons.split(payload).get(name, b"null")))
