"""Reads a stream of JSON objects, whatever frames them: what is alike in all such streams.

Invariant: after the end nothing is read any more; what was said before a failure is not lost once the answer has begun.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from proxy.codecs import faults
from proxy.codecs.event_reader import EventReader
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json


class ObjectStream(EventReader):
    """A stream decoder; a protocol says how frames are cut, and what an object means."""

    terminal: ClassVar[str]
    """The protocol's terminal event, for messages."""

    def __init__(self) -> None:
        super().__init__()
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the terminal event was read."""
        return self._ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: the terminal event has the usage in it."""
        return self._ended or self._failure is not None

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        for name, payload in self._frames(data):
            self._read(name, payload, chunks)

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where the terminal event did not, MALFORMED where what came
                was no such stream.
        """
        chunks: list[Chunk] = []
        cut = b""
        for name, payload in self._rest():
            # The last frame lacks its end: it counts where it is whole all the same.
            if _is_object(payload):
                self._read(name, payload, chunks)
            else:
                cut = payload
        if self._ended:
            return chunks
        if not self._events:
            raise _nothing(self._stray() or cut)
        raise ProxyError(
            Kind.TRUNCATED, f"the stream was cut after {self._events} events: no {self.terminal}"
        )

    @abstractmethod
    def _frames(self, data: bytes) -> list[tuple[str, bytes]]:
        """The frames that a read ended: name and payload."""

    @abstractmethod
    def _rest(self) -> list[tuple[str, bytes]]:
        """The frame that lacks its end, if there is one."""

    @abstractmethod
    def _take(self, name: str, value: Json) -> list[Chunk]:
        """What an object says; it sets `_ended` where it is the terminal event."""

    def _stray(self) -> bytes:
        """What came in the place of frames."""
        return b""

    def _read(self, name: str, payload: bytes, chunks: list[Chunk]) -> None:
        if self._ended or not payload or payload == b"[DONE]":
            return
        try:
            value = jsons.decode_object(payload)
        except jsons.JsonError as error:
            said = f"event {self._events + 1} of the stream is no JSON object: {error}"
            raise ProxyError(Kind.MALFORMED, faults.page(payload) or said) from None
        self._events += 1
        chunks += self._take(name, value)


def _nothing(stray: bytes) -> ProxyError:
    """Why there was no event, from what came in the place of any."""
    if not stray:
        return ProxyError(Kind.EMPTY, "the stream ended without any event")
    try:
        failure = faults.event_fault(jsons.decode(stray))
    except jsons.JsonError:
        if stray.startswith(b"{"):
            return ProxyError(Kind.TRUNCATED, "the stream was cut inside its first event")
        failure = None
    said = faults.page(stray) or "what came is no event stream"
    return failure or ProxyError(Kind.MALFORMED, said)


def _is_object(payload: bytes) -> bool:
    try:
        jsons.decode_object(payload)
    except jsons.JsonError:
        return False
    return True
