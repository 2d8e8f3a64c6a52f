"""What the frames of one stream have in common: every byte but those of the text, and of a padding that some servers add.

A frame of text is known from the one before it by comparing bytes, several times as fast as it can be parsed.

Invariant: what fits is JSON of the very members and values of the frame that the mould was taken of, but for the text,
which has no escapes, and the padding.
"""

from __future__ import annotations

import re
from typing import Final

_PADDING: Final = re.compile(rb'"(?:obfuscation|p)"\s*:\s*"')
_PLACES: Final = {
    kind: re.compile(rb'"%b"\s*:\s*"' % kind.encode()) for kind in ("content", "reasoning_content")
}
_QUOTE: Final = b'"'
_PLAIN: Final = bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
"""Every byte that a JSON string may hold as it is; whether it is UTF-8 is seen when it is decoded."""


class Mould:
    """Taken of one frame.

    Args:
        head: Its bytes up to the text.
        middle: From the text's closing quote on, up to the padding, or to its end.
        tail: From the padding's closing quote on; empty where it has none.
    """

    __slots__ = ("_head", "_middle", "_tail")

    def __init__(self, head: bytes, middle: bytes, tail: bytes) -> None:
        self._head = head
        self._middle = middle
        self._tail = tail

    def run(self, data: bytes, at: int, texts: list[str]) -> int:
        """Take the frames from a place of the data on that are all there, of this mould, and say something.

        Args:
            data: What was read.
            at: Where a frame begins.
            texts: Gets what they say.

        Returns:
            Where the last of them ends; the place itself where none fits.
        """
        head, middle, tail = self._head, self._middle, self._tail
        while data.startswith(head, at):
            start = at + len(head)
            stop = data.find(_QUOTE, start)
            raw = data[start:stop]
            if stop <= start or raw.translate(None, _PLAIN) or not data.startswith(middle, stop):
                break
            end = stop + len(middle)
            if tail:
                end = self._padded(data, end)
                if not end:
                    break
            try:
                texts.append(raw.decode())
            except UnicodeDecodeError:
                break
            at = end
        return at

    def _padded(self, data: bytes, at: int) -> int:
        """Where a frame ends whose padding begins here; 0 where it is no padding."""
        stop = data.find(_QUOTE, at)
        padding = data[at:stop]
        is_fit = stop >= 0 and padding.isascii() and not padding.translate(None, _PLAIN)
        return stop + len(self._tail) if is_fit and data.startswith(self._tail, stop) else 0


def mould_of(frame: bytes, kind: str, text: str) -> Mould | None:
    """The mould of a frame; None where its text is not to be found in it as it is.

    Args:
        frame: All of its bytes, with its end. Valid JSON behind `data: `.
        kind: The member that its text is.
        text: What it says.
    """
    place = _PLACES[kind]
    found = place.search(frame)
    if found is None or place.search(frame, found.end()):
        return None
    start = found.end()
    stop = frame.find(_QUOTE, start)
    if frame[start:stop] != text.encode(errors="replace") or b"\\" in frame:
        return None
    padding = _PADDING.search(frame, stop)
    if padding is None:
        return Mould(frame[:start], frame[stop:], b"")
    middle, close = frame[stop : padding.end()], frame.find(_QUOTE, padding.end())
    return Mould(frame[:start], middle, frame[close:])
