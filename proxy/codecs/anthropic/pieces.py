"""Finds the events of a stream that only add a piece of text to a block, and of those that add text all that follow each
other.

Most of an answer is such events. The first of text is parsed, and those behind it that differ in their text alone are
taken together. Blanks before the event's last brace are no difference: the provider hides by them how long a text is.

Invariant: an event is taken only where the reader of all events would read the same piece out of it.
Source: https://platform.claude.com/docs/en/build-with-claude/streaming (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Final

from proxy.codecs.anthropic import piece
from proxy.codecs.event_template import WORTH, EventTemplate, texts_of

DELTA: Final = f"event: {piece.DELTA}\ndata: ".encode()
"""What stands before the payload of such an event."""
END: Final = b"\n\n"
"""Of an event."""
_TAIL: Final = b"}" + END
TEXT: Final = "text_delta"
_PLACE: Final = re.compile(rb'"text"\s*:\s*"')
_BLANK: Final = b" "
_MOST_SPOILT: Final = 4
"""Runs of a stream that may come to nothing, before its events are read one by one."""


class TextRuns:
    """Finds those of one stream."""

    __slots__ = ("_block", "_is_padded", "_is_wary", "_left", "_template")

    def __init__(self) -> None:
        self._template: EventTemplate | None = None
        """Of an event of text that others followed."""
        self._block = 0
        """The index of its block."""
        self._is_padded = False
        """Whether any such event had blanks before its last brace: then some have more of them than others."""
        self._is_wary = False
        """Whether a template that was just taken came to nothing."""
        self._left = _MOST_SPOILT

    def behind(self, data: bytes, at: int, end: int, block: int, texts: list[str]) -> int:
        """Add what those events say that follow one of text and add text to the same block.

        Args:
            data: What was read. No line ends in CR.
            at: Where that one begins.
            end: Where it ends.
            block: The index of its block.
            texts: What it says.

        Returns:
            Where the last of them ends.
        """
        while data.startswith(DELTA, end):
            if len(data) - end >= WORTH * (end - at):
                more = self._like(data, at, end, block, texts)
                if more > end:
                    return more
            stop = data.find(END, end)
            event = piece_of(data, end, stop)
            if event is None or event.index != block or event.delta.kind != TEXT:
                break
            texts.append(event.delta.text)
            at, end = end, stop + len(END)
        return end

    def _like(self, data: bytes, at: int, end: int, block: int, texts: list[str]) -> int:
        """Add what those say that follow an event and are like it; where they end."""
        if block != self._block:
            self._template = None
        run = self._template.run(data, end) if self._template is not None else None
        if run is None and self._left:
            self._block = block
            self._cast(data[at:end], texts[-1])
            run = self._template.run(data, end) if self._template is not None else None
            self._is_wary = self._is_wary or run is None
        if run is None:
            return end
        read = None if b"".join(run.extras).strip(_BLANK) else texts_of(run.texts)
        if read is None:
            # Not to be looked at again with every event that comes.
            self._template = None
            self._left -= 1
            return end
        texts += read
        return run.end

    def _cast(self, event: bytes, text: str) -> None:
        """Take the template of an event, if its text is to be found in it as it is."""
        self._template = None
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
            middle = middle.rstrip(_BLANK)
        else:
            middle, tail = b"", middle + tail
        self._template = EventTemplate(event[:start], middle, tail, is_wary=self._is_wary)


def payload_of(data: bytes, at: int, end: int) -> bytes:
    """The payload of the event between these places, if it is of one line; nothing for any other.

    Args:
        data: What was read.
        at: Where an event begins that begins as `DELTA`.
        end: Where its end begins; before the begin of it all where it is not all there.
    """
    payload = data[at + len(DELTA) : end] if end >= 0 else b""
    return b"" if b"\n" in payload else payload


def piece_of(data: bytes, at: int, end: int) -> piece.Piece | None:
    """What the event between these places adds, as `payload_of` has them; None where it is not surely one."""
    payload = payload_of(data, at, end)
    return piece.read(payload) if payload else None
