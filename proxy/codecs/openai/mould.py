"""What the frames of one stream have in common: every byte but those of the text, and of a padding that some servers add.

A frame of text is known from the one before it by comparing bytes, several times as fast as it can be parsed; what the
texts hold is looked at once for many of them.

Invariant: what fits is JSON of the very members and values of the frame that the mould was taken of, but for the text,
and the padding, which has no escapes.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.core import jsons

_PADDING: Final = re.compile(rb'"(?:obfuscation|p)"\s*:\s*"')
_PLACES: Final = {
    kind: re.compile(rb'"%b"\s*:\s*"' % kind.encode()) for kind in ("content", "reasoning_content")
}
_QUOTE: Final = b'"'
_BETWEEN: Final = b"\n"
"""Stands between texts that are looked at together; no JSON string may hold it."""
_PLAIN: Final = bytes(byte for byte in range(0x20, 0x100) if byte not in b'"\\')
"""Every byte that a JSON string may hold as it is; whether it is UTF-8 is seen when it is decoded."""
_ESCAPED: Final = re.compile(
    rb"""(?:
        [^"\\\x00-\x09\x0b-\x1f]++
        | \\ (?: ["\\/bfnrt]
               | u (?![dD][89a-fA-F]) [0-9a-fA-F]{4}
               | u [dD][89abAB] [0-9a-fA-F]{2} \\u [dD][c-fC-F] [0-9a-fA-F]{2} )
    )*+""",
    re.VERBOSE,
)
"""Texts with escapes, each of which is whole. Half a surrogate pair is for who reads leniently."""
_read: Final = jsons.Form(str).read


class Mould:
    """Taken of one frame.

    Args:
        head: Its bytes up to the text.
        middle: From the text's closing quote on, up to the padding, or to its end.
        tail: From the padding's closing quote on; empty where it has none.
    """

    __slots__ = ("_end", "_head", "_joint", "_middle")

    def __init__(self, head: bytes, middle: bytes, tail: bytes) -> None:
        self._head = head
        self._middle = middle if tail else b""
        self._end = tail or middle
        self._joint = self._end + head

    def run(self, data: bytes, at: int, texts: list[bytes]) -> int:
        """Take the frames from a place of the data on that are all there, of this mould, and say something.

        Args:
            data: What was read.
            at: Where a frame begins.
            texts: Gets what they say, as JSON has it and unread: only `said` tells whether it is text at all.

        Returns:
            Where the last of them ends; the place itself where none fits.
        """
        if not data.startswith(self._head, at):
            return at
        if self._middle:
            return self._padded(data, at, texts)
        joint, size = self._joint, len(self._joint)
        find, fits = data.find, data.startswith
        start = at + len(self._head)
        while True:
            stop = find(_QUOTE, start)
            if stop <= start or not fits(joint, stop):
                break
            texts.append(data[start:stop])
            start = stop + size
        if stop > start and fits(self._end, stop):
            texts.append(data[start:stop])
            return stop + len(self._end)
        return start - len(self._head)

    def is_one(self, data: bytes) -> bool:
        """Whether a read is one frame of this mould, whose text is ASCII as it stands: most of an open stream's are."""
        head, end = self._head, self._end
        size = len(data) - len(end)
        if self._middle or size <= len(head) or not (data.startswith(head) and data.endswith(end)):
            return False
        text = data[len(head) : size]
        return text.isascii() and not text.translate(None, _PLAIN)

    def _padded(self, data: bytes, at: int, texts: list[bytes]) -> int:
        head, middle, end = self._head, self._middle, self._end
        find, fits = data.find, data.startswith
        while fits(head, at):
            start = at + len(head)
            stop = find(_QUOTE, start)
            if stop <= start or not fits(middle, stop):
                break
            begin = stop + len(middle)
            close = find(_QUOTE, begin)
            if not (fits(end, close) and (close == begin or data[begin:close].isalnum())):
                break
            texts.append(data[start:stop])
            at = close + len(end)
        return at


def said(texts: list[bytes]) -> str | None:
    """What texts say together; None where one of them is no text, or one that only a lenient reader takes."""
    joined = _BETWEEN.join(texts)
    try:
        text = joined.decode()
    except UnicodeDecodeError:
        return None
    odd = joined.translate(None, _PLAIN)
    if odd.count(_BETWEEN) >= len(texts):
        return None
    if len(odd) < len(texts):
        return text.replace("\n", "")
    return _read(b'"%b"' % b"".join(texts)) if _ESCAPED.fullmatch(joined) else None


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
