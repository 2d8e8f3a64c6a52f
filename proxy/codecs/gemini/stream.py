"""Reads a streamed generateContent answer.

There is no terminal event: each candidate has a finish reason, and then the connection or the array ends. A reason may
be repeated, or changed by a later event, so the finish goes out when the answer is over.

Invariant: a stream without a finish reason on every candidate is cut; what was said before a failure is not lost once
the answer has begun.
Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

from proxy.codecs import faults as pages
from proxy.codecs.event_reader import EventReader
from proxy.codecs.gemini.answer import Answer
from proxy.codecs.gemini.flow import Flow, piece_at
from proxy.codecs.gemini.frames import Frames
from proxy.codecs.gemini.piece import Piece
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Target
from proxy.core.usage import Usage

_END: Final = re.compile(rb"\n\n|\r\n\r\n")
"""Of an event."""


class GeminiStream(EventReader):
    """The decoder of one stream.

    Args:
        request: What was asked.
        target: Whose answer it is.
        protocol: Which of Google's two services it comes from.
        created: Seconds since 1970.
    """

    def __init__(self, request: ChatRequest, target: Target, protocol: str, created: int) -> None:
        super().__init__()
        asked = target.params.get("n", request.body.get("n"))
        self._max_event = target.max_event
        self._frames = Frames(target.max_event)
        self._flow = Flow()
        self._rests = False
        """Whether the last read ended with an event, so that the next byte begins one."""
        self._answer = Answer(
            created, target.model, protocol, asked if isinstance(asked, int) else 1
        )

    @property
    def ended(self) -> bool:
        """Whether every candidate is finished: only usage may still come."""
        return self._answer.ended or self._failure is not None

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: the array's end was read, or a failure."""
        return self._frames.closed or self._failure is not None

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return self._answer.told

    @property
    def unknown(self) -> int:
        """Parts of kinds that we do not know, which were left out."""
        return self._answer.unknown

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        at = 0
        rests = self._rests or self._frames.rests_before(data)
        if len(data) <= self._max_event:
            while at < len(data):
                if rests:
                    at = self._flowed(data, at, chunks)
                end = _END.search(data, at)
                if end is None:
                    break
                self._generally(data[at : end.end()], chunks)
                at = end.end()
                rests = self._frames.at_rest
        self._rests = rests and at == len(data)
        if at < len(data):
            self._generally(data[at:], chunks)

    def _flowed(self, data: bytes, at: int, chunks: list[Chunk]) -> int:
        """Take the events from here on that are nothing but pieces of the first candidate; where they end."""
        texts: list[str] = []
        while at < len(data):
            piece, end = piece_at(data, at)
            if piece is None or not (self._answer.flows or self._opened(piece, chunks)):
                break
            if self._took(piece, texts, chunks):
                more = self._flow.behind(data, at, end, texts[-1])
                if more is not None:
                    end = more.end
                    self._events += len(more.texts)
                    self._answer.count(more.counts)
                    texts += more.texts
            at = end
        self._tell(texts, chunks)
        return at

    def _took(self, piece: Piece, texts: list[str], chunks: list[Chunk]) -> bool:
        """Take a piece; whether it is nothing but text, which is kept to be told with what follows."""
        self._events += 1
        part = self._answer.part_of(piece)
        if part.thought:
            self._tell(texts, chunks)
            chunks += self._answer.think(part.text)
        else:
            texts.append(part.text)
        if piece.is_last:
            self._answer.stop()
            return False
        return not part.thought

    def _opened(self, piece: Piece, chunks: list[Chunk]) -> bool:
        """Whether the first candidate could begin with this."""
        if not piece.response_id:
            return False
        chunks += self._answer.open(piece)
        return True

    def _tell(self, texts: list[str], chunks: list[Chunk]) -> None:
        """Tell the texts that came one after the other."""
        if texts:
            chunks += self._answer.say(texts)
            texts.clear()

    def _generally(self, data: bytes, chunks: list[Chunk]) -> None:
        """Take any bytes."""
        for payload in self._frames.feed(data):
            chunks += self._read(payload)

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where a candidate has no finish reason, or what the reason
                says where it means failure.
        """
        chunks: list[Chunk] = []
        for payload in self._frames.finish():
            if _is_whole(payload):
                chunks += self._read(payload)
        if not self._events:
            raise self._nothing()
        if not self._answer.ended:
            raise ProxyError(
                Kind.TRUNCATED,
                f"the stream was cut after {self._events} events: no finish reason",
            )
        return chunks + self._answer.end()

    def _read(self, payload: bytes) -> list[Chunk]:
        """Read any event."""
        try:
            value = jsons.decode(payload)
        except jsons.JsonError as error:
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is not JSON: {error}"
            ) from None
        self._events += 1
        return self._answer.take(value)

    def _nothing(self) -> ProxyError:
        """Why there was no event: perhaps what came was no event stream."""
        stray = self._frames.stray
        if not stray:
            return ProxyError(Kind.EMPTY, "the stream ended without any event")
        return ProxyError(Kind.MALFORMED, pages.page(stray) or "what came is no event stream")


def _is_whole(payload: bytes) -> bool:
    """Whether the last event, which lacks its end, is whole all the same."""
    try:
        return isinstance(jsons.decode(payload), dict)
    except jsons.JsonError:
        return False
