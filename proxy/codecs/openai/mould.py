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
_ESCAPED_QUOTE: Final = b'\\"'
_MOST: Final = 32 * 1024
"""Bytes that are looked at together: where frames of another kind stand between, the rest is looked at again."""
_MARK: Final = 20
"""Bytes of a head's end that are looked for: less are quick to look for, more can be jumped over."""
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

    __slots__ = ("_closing", "_end", "_head", "_joint", "_mark", "_middle")

    def __init__(self, head: bytes, middle: bytes, tail: bytes) -> None:
        self._head = head
        self._middle = middle if tail else b""
        self._end = tail or middle
        self._joint = self._end + head
        self._mark = head[-_MARK:]
        self._closing = len(self._mark) - len(self._joint)

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
        start = at + len(self._head)
        pieces = self._split(data, start)
        last = pieces.pop()
        pieces = [piece[: self._closing] for piece in pieces]
        stop = last.find(self._end)
        if stop >= 0:
            pieces.append(last[:stop])
        run, found = self._joint.join(pieces) + self._end, self._texts(pieces)
        if found is None or not data.startswith(run, start):
            return self._one_by_one(data, at, texts)
        texts += found
        return start + len(run)

    def _split(self, data: bytes, start: int) -> list[bytes]:
        """What stands between marks, from the first text on."""
        if len(data) <= _MOST and data.find(self._mark) == start - len(self._mark):
            # Most reads begin with such a frame, or nearly so, and need not be copied.
            return data.split(self._mark)[1:]
        return data[start : start + _MOST].split(self._mark)

    def _one_by_one(self, data: bytes, at: int, texts: list[bytes]) -> int:
        """As `run`, where not all that looks like a frame of this mould is one."""
        while data.startswith(self._head, at):
            start = at + len(self._head)
            stop = data.find(self._end, start)
            found = self._texts([data[start:stop]]) if stop >= 0 else None
            if found is None:
                break
            texts += found
            at = stop + len(self._end)
        return at

    def is_one(self, data: bytes) -> bool:
        """Whether a read is one frame of this mould, whose text is ASCII as it stands: most of an open stream's are."""
        head, end = self._head, self._end
        size = len(data) - len(end)
        if self._middle or size <= len(head) or not (data.startswith(head) and data.endswith(end)):
            return False
        text = data[len(head) : size]
        return text.isascii() and not text.translate(None, _PLAIN)

    def _texts(self, pieces: list[bytes]) -> list[bytes] | None:
        """What stands between heads and ends, without the padding; None where one says nothing, or is no text."""
        texts = self._unpadded(pieces) if self._middle else pieces
        return texts if texts and all(texts) and _are_closed(texts) else None

    def _unpadded(self, pieces: list[bytes]) -> list[bytes] | None:
        parts = _BETWEEN.join(pieces).replace(self._middle, _BETWEEN).split(_BETWEEN)
        texts, paddings = parts[::2], parts[1::2]
        padding = b"".join(paddings)
        if padding and not padding.isalnum():
            return None
        # Whatever else had a line break, or the middle at another place, does not come out the same.
        again = list(map(self._middle.join, zip(texts, paddings, strict=False)))
        return texts if again == pieces else None


def _are_closed(texts: list[bytes]) -> bool:
    """Whether there is no quote in them but with a backslash before it."""
    joined = b"".join(texts)
    quotes = joined.count(_QUOTE)
    return not quotes or quotes == joined.count(_ESCAPED_QUOTE)


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
