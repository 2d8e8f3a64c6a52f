"""The short way of an open stream: a read that is one frame more of the same goes on to the caller as it came.

A thousand open streams do not fit the processor's caches, and what an event costs is mostly to fetch what its way
touches. So all that such a read needs stands together in one object, which the provider's transport tells of each read
itself. Who counts and winds clocks hears of it later: before anything else is done with the stream, and before a clock
strikes.

Invariant: what passes is one chunk of HTTP, its size written as we write it, around one frame of the template, a text of
JSON in it; of any other read nothing is taken, and nothing passes then until the owner has found where a chunk ends.
Source: RFC 9112 section 7.1; `asyncio.BaseTransport.set_protocol` (read 2026-11-22).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from proxy.codecs.event_template import LONGEST, EventTemplate
from proxy.core import jsons

_END: Final = b"\r\n"
"""Of a chunk."""
_EVENT_END: Final = b"\n\n"
_read_text: Final = jsons.Form(str).decode


class Backlog(Protocol):
    """Whether the caller's connection takes more."""

    write_paused: bool
    """Whether it holds enough."""
    is_deserted: bool
    """Whether nobody is there any more."""


class Chunks(NamedTuple):
    """The caller's connection, for who has chunks that are framed already."""

    write: Callable[[bytes], None]
    backlog: Backlog


class Way(Protocol):
    """The caller's side of a stream."""

    passage: Passage | None
    """What bytes go by it, and when the last of them went; set by whoever passes them."""

    def chunks(self) -> Chunks | None:
        """Where chunks go; None where they cannot go as they are."""
        ...

    def passed(self, size: int, at: float) -> None:
        """So many bytes went by it, the last of them at that moment."""
        ...


class Owner(Protocol):
    """Whose transport it is that a passage is told by."""

    def returned(self, data: bytes) -> None:
        """A read that is nothing for the passage."""
        ...

    def eof_received(self) -> None:
        """As a protocol's."""
        ...

    def connection_lost(self, error: Exception | None) -> None:
        """As a protocol's."""
        ...

    def pause_writing(self) -> None:
        """As a protocol's."""
        ...

    def resume_writing(self) -> None:
        """As a protocol's."""
        ...


class Passage(asyncio.Protocol):
    """One stream's, for frames of one template.

    Args:
        template: What frames have in common.
        chunks: Where they go.
        now: Seconds on the clock of who winds it.
        halted: Called after a chunk that the caller is full with, or with why none could be written.
    """

    __slots__ = (
        "_around",
        "_backlog",
        "_halted",
        "_head",
        "_middle",
        "_now",
        "_owner",
        "_tail",
        "_write",
        "at",
        "frames",
        "is_open",
        "room",
        "template",
    )

    _owner: Owner

    def __init__(
        self,
        template: EventTemplate,
        chunks: Chunks,
        now: Callable[[], float],
        halted: Callable[[BaseException | None], None],
    ) -> None:
        self.template = template
        self._head = template.head
        self._middle = template.middle
        self._tail = template.tail + _END
        self._around = len(template.head) + len(template.tail)
        self._write, self._backlog = chunks
        self._now = now
        self._halted = halted
        self.is_open = False
        """Whether the next read begins with a chunk and may pass."""
        self.at = 0.0
        """When the last frame passed."""
        self.frames = 0
        """How many passed; whoever counts them begins anew."""
        self.room = 0
        """Bytes of frames that may still pass."""

    def open(self, owner: Owner) -> None:
        """Let pass what comes from here on: it begins with a chunk."""
        self._owner = owner
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """A read came in."""
        begin = data.find(b"\n") + 1
        text = data[begin:].removeprefix(self._head).removesuffix(self._tail)
        size = len(text) + self._around
        fits = (
            self.is_open
            and len(data) == begin + size + 2
            and data[:begin] == b"%x\r\n" % size
            and size <= self.room
            and size <= LONGEST
        )
        if fits and self._middle:
            text = self._unpadded(text)
        try:
            speaks = fits and _read_text(b'"%b"' % text)
        except jsons.UNREADABLE:
            speaks = ""
        if not speaks or self._backlog.is_deserted:
            self.is_open = False
            self._owner.returned(data)
            return
        self.room -= size
        self.frames += 1
        self.at = self._now()
        try:
            self._write(data)
        except BaseException as error:  # noqa: BLE001 (told to who counts; the loop has nobody to tell)
            self._halted(error)
            return
        if self._backlog.write_paused:
            self._halted(None)

    def _unpadded(self, text: bytes) -> bytes:
        """A text without its padding; empty where it has none, or one of other letters than servers take."""
        said, found, padding = text.partition(self._middle)
        return said if found and (not padding or padding.isalnum()) else b""

    # What is nothing for a passage.

    def eof_received(self) -> None:
        """The server will send no more."""
        self._owner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The transport holds enough."""
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        """The transport takes more."""
        self._owner.resume_writing()


def ends_chunk(read: bytes, body: bytes) -> bool:
    """Whether a read ends where a chunk does.

    Args:
        read: All of it.
        body: The last piece of a body that the parser found in it, without a complaint.
    """
    # Behind that piece stand two bytes of framing: had it been a chunk's size that stands there, or a trailer, it would be
    # a line with a line end in it, of which the parser complains.
    return body.endswith(_EVENT_END) and read.endswith(body + _END)
