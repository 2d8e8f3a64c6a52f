"""Finds the events of a stream that only add a piece of text to a block, and of those that add text all that follow each
other.

Most of an answer is such events. The first of text is parsed, and those behind it that differ in their text alone are
taken together. Blanks before the event's last brace are no difference: the provider hides by them how long a text is.

Invariant: an event is taken only where the reader of all events would read the same piece out of it.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from proxy.codecs.anthropic import piece
from proxy.codecs.mould import Mould, texts_of

DELTA: Final = f"event: {piece.DELTA}\ndata: ".encode()
"""What stands before the payload of such an event."""
_END: Final = b"\n\n"
"""Of an event."""
_TAIL: Final = b"}" + _END
_TEXT: Final = "text_delta"
_PLACE: Final = re.compile(rb'"text"\s*:\s*"')
_BLANK: Final = b" "
_MOST_SPOILT: Final = 4
"""Runs of a stream that may come to nothing, before its events are read one by one."""


class Pieces(NamedTuple):
    """What one event adds, or several that follow each other and add text to the same block."""

    end: int
    """Where the last of them ends."""
    block: int
    """Its index."""
    kind: str
    """Of the deltas, in the words of Messages."""
    texts: list[str]


class PieceReader:
    """Reads those of one stream."""

    __slots__ = ("_index", "_is_padded", "_left", "_mould")

    def __init__(self) -> None:
        self._mould: Mould | None = None
        """Of the last event of text that was parsed."""
        self._index = 0
        """Its block's."""
        self._is_padded = False
        """Whether any event had blanks before its last brace: then some have more of them than others."""
        self._left = _MOST_SPOILT

    def take(self, data: bytes, at: int) -> Pieces | None:
        """What the events add that begin at a place of a read.

        Args:
            data: What was read. No line ends in CR.
            at: Where an event begins.

        Returns:
            None where the event there is not all there, or not surely one that only adds a piece.
        """
        return self._alike(data, at) or self._parsed(data, at)

    def spoil(self) -> None:
        """Forget what was last taken together: it came to nothing, and is not to be looked at again with every event."""
        self._mould = None
        self._left -= 1

    def _alike(self, data: bytes, at: int) -> Pieces | None:
        run = self._mould.run(data, at) if self._mould is not None else None
        if run is None:
            return None
        texts = None if b"".join(run.extras).strip(_BLANK) else texts_of(run.texts)
        if texts is None:
            self.spoil()
            return None
        return Pieces(run.end, self._index, _TEXT, texts)

    def _parsed(self, data: bytes, at: int) -> Pieces | None:
        payload, end = payload_at(data, at)
        event = piece.read(payload) if payload else None
        if event is None:
            return None
        index, kind, texts = event.index, event.delta.kind, [event.delta.text]
        if kind == _TEXT and self._left:
            self._cast(data[at:end], texts[0])
            self._index = index
            more = self._alike(data, end) if end < len(data) else None
            if more is not None:
                end = more.end
                texts += more.texts
        return Pieces(end, index, kind, texts)

    def _cast(self, event: bytes, text: str) -> None:
        """Take the mould of an event, if its text is to be found in it as it is."""
        self._mould = None
        place = _PLACE.search(event)
        if place is None or b"\\" in event or not event.endswith(_TAIL):
            return
        start = place.end()
        stop = start + len(text.encode())
        if _PLACE.search(event, stop):
            return
        middle, tail = event[stop : -len(_TAIL)], _TAIL
        self._is_padded = self._is_padded or middle.endswith(_BLANK)
        if self._is_padded:
            self._mould = Mould(event[:start], middle.rstrip(_BLANK), tail)
        else:
            self._mould = Mould(event[:start], b"", middle + tail)


def payload_at(data: bytes, at: int) -> tuple[bytes, int]:
    """The payload of the event from here on, if it is all there, of one line, and may add a piece; and where it ends.

    Returns:
        Nothing, and here, for any other.
    """
    end = data.find(_END, at) if data.startswith(DELTA, at) else -1
    payload = data[at + len(DELTA) : end] if end >= 0 else b""
    return (b"", at) if b"\n" in payload else (payload, end + len(_END))
