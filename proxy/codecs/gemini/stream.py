"""Reads a streamed generateContent answer.

There is no terminal event: each candidate has a finish reason, and then the connection or the array ends. A reason may
be repeated, or changed by a later event, so the finish goes out when the answer is over.

Invariant: a stream without a finish reason on every candidate is cut; what was said before a failure is not lost once
the answer has begun.
Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent (read 2026-11-20).
"""

from __future__ import annotations

from proxy.codecs import faults as pages
from proxy.codecs.event_reader import EventReader
from proxy.codecs.gemini.answer import Answer
from proxy.codecs.gemini.frames import Frames
from proxy.codecs.gemini.piece import piece_of
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Target


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
        self._frames = Frames(target.max_event)
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
    def unknown(self) -> int:
        """Parts of kinds that we do not know, which were left out."""
        return self._answer.unknown

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        texts: list[str] = []
        try:
            for payload in self._frames.feed(data):
                piece = piece_of(payload) if self._answer.flows else None
                if piece is None:
                    self._tell(texts, chunks)
                    chunks += self._read(payload)
                    continue
                self._events += 1
                part = self._answer.part_of(piece)
                if part.thought:
                    self._tell(texts, chunks)
                    chunks += self._answer.think(part.text)
                else:
                    texts.append(part.text)
        finally:
            self._tell(texts, chunks)

    def _tell(self, texts: list[str], chunks: list[Chunk]) -> None:
        """Tell the texts that came one after the other."""
        if texts:
            chunks += self._answer.say(texts)
            texts.clear()

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
