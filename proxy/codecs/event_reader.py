"""What stream decoders have in common: events are counted, and a failure never costs what was read before it.

Invariant: once the answer has begun, a failure that comes in the same read as more of it is raised by the next call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from proxy.codecs.event_template import EventTemplate
from proxy.core.errors import ProxyError
from proxy.core.output import is_output
from proxy.core.shape import Chunk
from proxy.core.usage import Usage


class EventReader(ABC):
    """A stream decoder; a protocol says what a read brings, and what must have come when the provider closes."""

    __slots__ = (
        "_events",
        "_failure",
        "_spoke",
    )

    def __init__(self) -> None:
        self._events = 0
        """To be counted up by the protocol."""
        self._spoke = False
        """Whether the answer has begun: any output was told."""
        self._failure: ProxyError | None = None
        """A failure kept back for the next call."""

    @property
    def events(self) -> int:
        """Well-formed events so far."""
        return self._events

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end; nothing by protocols that tell it with the end, or in chunks."""
        return None

    def feed(self, data: bytes) -> list[Chunk]:
        """Take what one read brought.

        A failure that comes in the same read as the rest of an answer that has begun is raised by the next call, so
        that the rest is not lost.

        Raises:
            ProxyError: an error in the stream (its class as its kind), EMPTY, MALFORMED, OVERSIZED.
        """
        if self._failure is not None:
            raise self._failure
        began = self._spoke
        chunks: list[Chunk] = []
        try:
            self._pull(data, chunks)
        except ProxyError as error:
            if not (began and chunks):
                raise
            self._failure = error
        if not self._spoke:
            self._spoke = any(map(is_output, chunks))
        return chunks

    def more(self, data: bytes) -> int:  # noqa: ARG002 (for protocols that can tell)
        """Take a read that says nothing but more of what the last one said: how many events it was, 0 for any other."""
        return 0

    @property
    def template(self) -> EventTemplate | None:
        """What events that say nothing but more of the same have in common; None for protocols that cannot tell."""
        return None

    def passed(self, events: int) -> None:
        """So many events of the template went by."""
        self._events += events

    def finish(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: a failure that was kept back; EMPTY where nothing came, TRUNCATED where the end of the answer
                did not, MALFORMED where what came was no such stream.
        """
        if self._failure is not None:
            raise self._failure
        return self._close()

    @abstractmethod
    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        """Add what a read says to the chunks, event by event, so that they are there when a later event fails."""

    @abstractmethod
    def _close(self) -> list[Chunk]:
        """What is still to be told when the provider has closed, or a failure where the end is missing."""
