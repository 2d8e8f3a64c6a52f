"""Frames server-sent events: bytes split anywhere in, whole events out, and events back to bytes.

Bytes all the way: text is decoded by whoever reads an event, so that a read that ends inside a character, or a raw
U+2028 inside a payload, changes nothing. Lines end in LF, CR or CRLF, also where a read ends between CR and LF.

Invariant: time is linear in the bytes fed, and what is held never exceeds one event of `max_event` bytes.
Source: WHATWG HTML, section "Server-sent events" (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.core.errors import Kind, ProxyError

_BOM: Final = b"\xef\xbb\xbf"
_NAMED: Final = b"event: "
_MAX_STRAY: Final = 8 * 1024
_FIELD: Final = 8
"""What a line may have beyond `max_event`: the field's name, its colon and the blank."""


@dataclass(slots=True)
class SseEvent:
    """One event that had at least one `data` line."""

    event: str
    """Its name; empty where none was given."""
    data: bytes
    """The `data` lines, joined by LF."""
    id: str = ""


def named_event(data: bytes) -> SseEvent | None:
    """The event that these bytes are, in the form in which named events are mostly written; None for any other bytes.

    Args:
        data: From where an event begins to where one ends. No line ends in CR.
    """
    if not data.startswith(_NAMED):
        return None
    name, _, payload = data[len(_NAMED) : -2].partition(b"\ndata: ")
    if not payload or b"\n" in payload or b"\n" in name:
        return None
    return SseEvent(name.decode("utf-8", "replace"), payload)


class SseDecoder:
    """Reads one event stream. `feed` any number of times, then `finish` once.

    Args:
        max_event: Bytes that one line, or the data of one event, may have.
    """

    __slots__ = (
        "_after_cr",
        "_data",
        "_data_size",
        "_event",
        "_first",
        "_id",
        "_line",
        "_line_size",
        "_max_event",
        "_max_line",
        "stray",
    )

    def __init__(self, max_event: int) -> None:
        self.stray = b""
        """The first line that was neither field nor comment, cut to 8 KiB: what came was perhaps no event stream."""
        self._max_event = max_event
        self._max_line = max_event + _FIELD
        self._after_cr = False
        self._first = True
        self._line: list[bytes] = []
        self._line_size = 0
        self._data: list[bytes] = []
        self._data_size = 0
        self._event = ""
        self._id = ""

    @property
    def at_rest(self) -> bool:
        """Whether nothing of an event is held: the next byte begins a line that begins an event."""
        return not (
            self._line or self._data or self._event or self._id or self._after_cr or self._first
        )

    def rests_before(self, data: bytes) -> bool:
        """Whether these bytes begin an event, so that who knows its form may read it without us.

        A byte-order mark, and what comes behind it, is for `feed`.
        """
        if self._first and data and not data.startswith(_BOM[:1]):
            self._first = False
        return self.at_rest

    def feed(self, data: bytes) -> list[SseEvent]:
        """Take what one read brought.

        Raises:
            ProxyError: OVERSIZED, where a line or an event grows over `max_event`.
        """
        if self._after_cr or b"\r" in data:
            data = self._unify(data)
        *whole, rest = data.split(b"\n")
        events: list[SseEvent] = []
        for piece in whole:
            if self._line or len(piece) > self._max_line:
                self._keep(piece)
                piece = self._take()  # noqa: PLW2901 (the piece is the end of that line)
            if event := self._read(piece):
                events.append(event)
        if rest:
            self._keep(rest)
        return events

    def finish(self) -> list[SseEvent]:
        """The connection closed: give the event that lacks only its blank line, if there is one.

        A last line without an end is taken for whole: the reader of its payload knows whether it is.
        """
        if self._line:
            self._read(self._take())
        event = self._dispatch()
        return [event] if event else []

    def _unify(self, data: bytes) -> bytes:
        """Turn each line end into LF; a CR at the end of a read ends its line at once, and the LF after it is void."""
        if not data:
            return data
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
            if b"\r" not in data:
                return data
        self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, piece: bytes) -> None:
        self._line_size += len(piece)
        if self._line_size > self._max_line:
            raise self._oversized("a line", self._line_size)
        self._line.append(piece)

    def _take(self) -> bytes:
        line = b"".join(self._line)
        self._line.clear()
        self._line_size = 0
        return line

    def _read(self, line: bytes) -> SseEvent | None:
        """Read one line; an empty one ends the event."""
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        if line.startswith(b"data:"):
            self._add(line[6:] if line[5:6] == b" " else line[5:])
        elif not line.startswith(b":"):
            self._field(line)
        return None

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id":
            self._id = value.decode("utf-8", "replace")
        elif name == b"data":
            self._add(value)
        elif name != b"retry" and not self.stray:
            self.stray = line[:_MAX_STRAY]

    def _add(self, value: bytes) -> None:
        self._data_size += len(value) + 1
        if self._data_size > self._max_event + 1:
            raise self._oversized("an event", self._data_size - 1)
        self._data.append(value)

    def _dispatch(self) -> SseEvent | None:
        lines, name, mark = self._data, self._event, self._id
        if name or mark:
            self._event = self._id = ""
        if not lines:
            return None
        self._data = []
        self._data_size = 0
        return SseEvent(name, lines[0] if len(lines) == 1 else b"\n".join(lines), mark)

    def _oversized(self, what: str, size: int) -> ProxyError:
        return ProxyError(
            Kind.OVERSIZED,
            f"{what} of the stream has at least {size} bytes; max_event is {self._max_event}",
        )
