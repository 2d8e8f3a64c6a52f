"""Finds the JSON payloads of a streamed answer, in whichever of its forms it comes.

Server-sent events are asked for. Without them Google sends one JSON array, element by element; and a failure in the
middle of an event stream comes as bare JSON over many lines, which no event stream has at the start of a line.

Invariant: what is held never exceeds one payload of `max_event` bytes.
Source: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

from proxy.wire.jsonarray import JsonArrayDecoder
from proxy.wire.sse import SseDecoder, SseEvent

_BARE: Final = re.compile(rb"(?:\A|[\r\n])(?=[ \t]*[{\[])")
_BLANK: Final = b" \t\r\n"


class Frames:
    """Reads one answer. `feed` any number of times, then `finish` once.

    Args:
        max_event: Bytes of one payload.
    """

    def __init__(self, max_event: int) -> None:
        self._sse = SseDecoder(max_event)
        self._values = JsonArrayDecoder(max_event)
        self._bare = False
        self._at_line_start = True

    @property
    def closed(self) -> bool:
        """Whether the array's own end was seen."""
        return self._values.closed

    @property
    def stray(self) -> bytes:
        """The first line of what was no event stream."""
        return self._sse.stray

    @property
    def at_rest(self) -> bool:
        """Whether the next byte begins an event, so that who knows its form may read it without us."""
        return not self._bare and self._sse.at_rest

    def rests_before(self, data: bytes) -> bool:
        """Whether these bytes begin an event; a byte-order mark, and what comes behind it, is for `feed`."""
        return not self._bare and self._sse.rests_before(data)

    def feed(self, data: bytes) -> list[bytes]:
        """Take what one read brought; give the payloads that are whole now.

        Raises:
            ProxyError: OVERSIZED, MALFORMED.
        """
        if self._bare:
            return self._values.feed(data)
        begin = self._bare_from(data)
        if begin is None:
            self._note_line(data)
            return _payloads(self._sse.feed(data))
        self._bare = True
        before = _payloads(self._sse.feed(data[:begin]) + self._sse.finish())
        return before + self._values.feed(data[begin:])

    def finish(self) -> list[bytes]:
        """The connection closed: give the last event, which lacks its blank line; it may be cut."""
        return [] if self._bare else _payloads(self._sse.finish())

    def _note_line(self, data: bytes) -> None:
        """Note whether what comes next stands at the start of a line, blanks aside."""
        said = data.rstrip(b" \t")
        if said:
            self._at_line_start = said.endswith((b"\n", b"\r"))

    def _bare_from(self, data: bytes) -> int | None:
        """Where bare JSON begins; None where there is none."""
        for found in _BARE.finditer(data):
            if found.end() or self._at_line_start:
                return found.end()
        return None


def _payloads(events: list[SseEvent]) -> list[bytes]:
    return [payload for event in events if (payload := event.data.strip(_BLANK))]
