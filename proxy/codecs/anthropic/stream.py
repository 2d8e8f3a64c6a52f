"""Reads a streamed Messages answer: a table of events, each with one small method.

The end is `message_stop`, and nothing else is. An error event is raised as its class; what was read before it in the
same piece of an answer that has begun goes out first. Pings and events that we do not know say nothing.

Events that only add a piece of text to a block are most of a stream. Where one is whole in a read, in the form in which
the provider writes it, it goes past the table, and those of text that follow it go with it.

Invariant: after the end nothing is read any more; every buffer has a cap.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from proxy.codecs import faults as pages
from proxy.codecs.anthropic import faults
from proxy.codecs.anthropic.answer import Answer
from proxy.codecs.anthropic.pausing import PausingAnswer, may_pause
from proxy.codecs.anthropic.pieces import DELTA, END, TEXT, TextRuns, piece_of
from proxy.codecs.event_reader import EventReader
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Json, Target
from proxy.core.usage import Usage
from proxy.wire.sse import SseDecoder, SseEvent, named_event


class MessagesStream(EventReader):
    """The decoder of one stream.

    Args:
        request: What was asked.
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    def __init__(self, request: ChatRequest, target: Target, created: int) -> None:
        super().__init__()
        self._sse = SseDecoder(target.max_event)
        self._max_event = target.max_event
        self._rests = False
        """Whether the next byte begins an event."""
        self._runs = TextRuns()
        made = PausingAnswer if may_pause(request, target) else Answer
        self._answer = made(created, target.model, target.max_answer, _custom_names(request.body))
        self._unknown = 0
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether `message_stop` was read."""
        return self._ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: nothing follows `message_stop` or a failure."""
        return self._ended or self._failure is not None

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return self._answer.told

    @property
    def unknown(self) -> int:
        """Events, blocks and deltas of kinds that we do not know, which were left out."""
        return self._unknown + self._answer.unknown

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        at = 0
        self._rests = self._rests or self._sse.rests_before(data)
        if len(data) <= self._max_event and b"\r" not in data:
            while (end := data.find(END, at)) >= 0:
                adds = self._rests and data.startswith(DELTA, at)
                took = self._pieces(data, at, end, chunks) if adds else at
                if took == at:
                    took = end + len(END)
                    self._event(data[at:took], chunks)
                at = took
        if at < len(data):
            self._read(data[at:], chunks)

    def _event(self, data: bytes, chunks: list[Chunk]) -> None:
        """Take what ends an event, and mostly is one."""
        event = named_event(data) if self._rests else None
        if event is None:
            self._read(data, chunks)
        else:
            chunks += self._take(event)

    def _read(self, data: bytes, chunks: list[Chunk]) -> None:
        self._rests = False
        for event in self._sse.feed(data):
            chunks += self._take(event)
        self._rests = self._sse.at_rest

    def _pieces(self, data: bytes, at: int, end: int, chunks: list[Chunk]) -> int:
        """Take an event if it only adds a piece, and with it those behind it that add more text to the same block.

        Returns:
            Where they end; where it begins, and nothing is done, where it is none.
        """
        event = piece_of(data, at, end)
        if event is None:
            return at
        block, delta = event.index, event.delta
        texts = [delta.text]
        end += len(END)
        # What no block takes is not looked for: it would be, all of it, behind each of its events anew.
        if delta.kind == TEXT and end < len(data) and self._answer.takes_text(block):
            end = self._runs.behind(data, at, end, block, texts)
        said = self._said(block, delta.kind, texts)
        if said is None:
            return at
        chunks += said
        return end

    def _said(self, index: int, kind: str, texts: list[str]) -> list[Chunk] | None:
        """Tell what one event adds, or several; None, and nothing is done, where no open block takes it."""
        # An event counts even where what it says is too much.
        self._events += len(texts)
        if len(texts) > 1:
            said = self._answer.write(index, texts)
        else:
            said = self._answer.say(index, kind, texts[0])
        if said is None:
            self._events -= len(texts)
        return said

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where `message_stop` did not, MALFORMED where what came
                was no event stream.
        """
        chunks = [chunk for event in self._sse.finish() for chunk in self._last(event)]
        if self._ended:
            return chunks
        if not self._events:
            raise pages.no_event(self._sse.stray, faults.event_fault)
        raise ProxyError(
            Kind.TRUNCATED, f"the stream was cut after {self._events} events: no message_stop"
        )

    def _take(self, event: SseEvent) -> list[Chunk]:
        data = event.data.strip()
        # Some gateways close every stream as OpenAI does; here it means nothing.
        if self._ended or not data or data == b"[DONE]":
            return []
        try:
            value = jsons.decode_object(data)
        except jsons.JsonError as error:
            if event.event == "error":
                raise pages.error_event(data) from None
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is no JSON object: {error}"
            ) from None
        self._events += 1
        kind = value.get("type") or event.event
        handle = self.handlers.get(kind) if isinstance(kind, str) else None
        return handle(self, value) if handle else self._other(value)

    def _last(self, event: SseEvent) -> list[Chunk]:
        """The last event, which lacks its end: it counts where it is whole all the same."""
        try:
            jsons.decode_object(event.data)
        except jsons.JsonError:
            return []
        return self._take(event)

    def _message_start(self, value: Json) -> list[Chunk]:
        return self._answer.begin(_object(value.get("message")))

    def _block_start(self, value: Json) -> list[Chunk]:
        return self._answer.open(_index(value), value.get("content_block"))

    def _block_delta(self, value: Json) -> list[Chunk]:
        return self._answer.add(_index(value), value.get("delta"))

    def _block_stop(self, value: Json) -> list[Chunk]:
        return self._answer.close(_index(value))

    def _message_delta(self, value: Json) -> list[Chunk]:
        self._answer.update(value.get("delta"), value.get("usage"))
        return []

    def _message_stop(self, _value: Json) -> list[Chunk]:
        chunks = self._answer.end()
        self._ended = True
        return chunks

    def _ping(self, _value: Json) -> list[Chunk]:
        return []

    def _error(self, value: Json) -> list[Chunk]:
        raise faults.event_fault(value) or pages.error_event(jsons.encode(value))

    def _other(self, value: Json) -> list[Chunk]:
        """An event that we do not know, unless it is a gateway's error under another name."""
        if value.get("error") and (failure := faults.event_fault(value)):
            raise failure
        self._unknown += 1
        return []

    handlers: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {
        "message_start": _message_start,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
        "ping": _ping,
        "error": _error,
    }


def _index(value: Json) -> int:
    index = value.get("index")
    if isinstance(index, bool) or not isinstance(index, int):
        raise ProxyError(Kind.MALFORMED, "the provider sent a content block without an index")
    return index


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _custom_names(body: Json) -> frozenset[str]:
    """The custom tools that the caller brought: a stream opens a call before it shows what it is called with."""
    customs = (_object(tool).get("custom") for tool in body.get("tools") or ())
    return frozenset(str(_object(custom).get("name")) for custom in customs if custom)
