"""Reads a streamed Messages answer for a caller of the Messages API: every event keeps its own bytes.

What the events say in chat is told as for any other caller, because the commit, the clocks, usage and the check for a
cut all live on that; the event itself comes as `native` with the first chunk that it makes, and where it makes none
with one that says nothing. So the natives of a stream are its events, each once and in their order. Work of the
provider's own tools, which chat callers are not told of, is noticed by these.

Invariant: a native payload is one JSON object on one line, and its name can be put into a stream as it is.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs.anthropic import piece
from proxy.codecs.anthropic.draft import PROTOCOL
from proxy.codecs.anthropic.pieces import END, payload_of
from proxy.codecs.anthropic.stream import MessagesStream
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Chunk, Json, Native, Target
from proxy.wire.sse import SseEvent

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class MessagesRelay(MessagesStream):
    """The decoder of one stream, with its events.

    Args:
        request: What was asked.
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    def __init__(self, request: ChatRequest, target: Target, created: int) -> None:
        super().__init__(request, target, created)
        self._noticed = False
        """Whether the event that is being read tells of work that chat has no form for."""

    def take(self, payload: bytes) -> list[Chunk]:
        """Read one event that came without a stream of its own around it.

        Args:
            payload: What its `data` would be.

        Raises:
            ProxyError: as `feed`.
        """
        said = self._say(payload)
        return self._take(SseEvent("", payload)) if said is None else said

    def _pieces(self, data: bytes, at: int, end: int, chunks: list[Chunk]) -> int:
        """As for any caller, but one event at a time, because each keeps its bytes."""
        payload = payload_of(data, at, end)
        said = self._say(payload) if payload else None
        if said is None:
            return at
        chunks += said
        return end + len(END)

    def _say(self, payload: bytes) -> list[Chunk] | None:
        """Take an event that only adds a piece; None, and nothing is done, where it is not surely one."""
        event = None if b"\n" in payload else piece.read(payload)
        chunks = (
            None if event is None else self._said(event.index, event.delta.kind, [event.delta.text])
        )
        if chunks is None:
            return None
        if not chunks:
            chunks = [self._answer.silent()]
        chunks[0]["native"] = {
            "dialect": PROTOCOL,
            "event": piece.DELTA,
            "payload": payload.strip(),
        }
        return chunks

    def _take(self, event: SseEvent) -> list[Chunk]:
        before, self._noticed = self._events, False
        chunks = super()._take(event)
        if self._events == before:
            return chunks
        if not chunks:
            chunks = [self._answer.silent()]
        native = _native(event)
        if self._noticed:
            native["speaks"] = True
        chunks[0]["native"] = native
        return chunks

    def _start(self, value: Json) -> list[Chunk]:
        return self._of_block(self._block_start(value), value)

    def _delta(self, value: Json) -> list[Chunk]:
        return self._of_block(self._block_delta(value), value)

    def _of_block(self, chunks: list[Chunk], value: Json) -> list[Chunk]:
        self._noticed = self._answer.hides(value["index"])
        return chunks

    handlers: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {
        **MessagesStream.handlers,
        "content_block_start": _start,
        "content_block_delta": _delta,
    }


def _native(event: SseEvent) -> Native:
    payload, name = event.data.strip(), event.event
    if not name:
        # What stands in for the missing name is the type, as all readers of this protocol have it.
        name = _type_of(payload)
    if not payload.startswith(b"{") or b"\n" in payload or b"\r" in payload:
        payload = jsons.encode(jsons.decode(payload))
    if _NAME.fullmatch(name):
        return {"dialect": PROTOCOL, "event": name, "payload": payload}
    return {"dialect": PROTOCOL, "payload": payload}


def _type_of(payload: bytes) -> str:
    kind = jsons.decode(bytes(jsons.split(payload).get("type", b"null")))
    return kind if isinstance(kind, str) else ""
