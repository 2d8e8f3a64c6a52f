"""The head of an answer that was read before: the next one like it need not be parsed.

A server says the same before each of its answers, but for the digits of `content-length`, the time, and what names the
answer or counts what is left. The first on a connection goes through the parser; of the next ones it is compared, line by
line, what may differ and what may not. An answer with a length is known where it came whole, one in chunks by its head
alone.

Invariant: a head is like another only where each of its lines is one that the parser has read, or has the same name and a
value that the parser takes wherever it stands; and no value differs that says where the body ends, how it is coded, what
it is, or whether the connection stays open.
Source: RFC 9112 sections 4 to 6, RFC 9110 section 5.5 (read 2026-11-21).
"""

from __future__ import annotations

from collections import Counter
from itertools import compress
from operator import ne
from typing import Final, NamedTuple

from proxy.upstream.answer_head import LENGTH, MAX_NAME, AnswerHead

MAX_HEAD: Final = 4096
"""Bytes of a head that is kept."""
_OPENING: Final = b"HTTP/1.1 200 "
_LINE: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_MAX_DIGITS: Final = 10
_CODING: Final = b"transfer-encoding"
_CHUNKED: Final = b"chunked"
_MEANT: Final = frozenset(
    {LENGTH, _CODING, b"trailer", b"connection", b"keep-alive", b"proxy-connection"}
    | {b"upgrade", b"te", b"content-encoding", b"content-type"}
)
"""Headers whose value must be the very same."""
_ALLOWED: Final = bytes({9, *range(0x20, 0x7F), *range(0x80, 0x100)})
"""Every byte that a value may hold."""


class Found(NamedTuple):
    """What a read is, or begins with: a success with a head that is known."""

    head: AnswerHead
    digits: bytes
    """Of the length of an answer that is all here; empty for one in chunks, of which any part may be here."""
    begin: int
    """Where its body begins."""


class KnownHead:
    """Of one answer, whose head was read: what stays the same, and holes where a value has differed.

    Args:
        lines: Its lines, the empty one aside.
        head: What was read of it.
        length_at: Which line has the length; 0 where it comes in chunks.
    """

    __slots__ = ("_ending", "_head", "_holes", "_length_at", "_lines", "_openings", "_starts")

    def __init__(self, lines: list[bytes], head: AnswerHead, length_at: int = 0) -> None:
        self._lines = lines
        self._head = head
        self._length_at = length_at
        times = Counter(name.lower() for name, _ in head.raw)
        self._starts = {
            at: name + b": "
            for at, (name, _) in enumerate(head.raw, 1)
            if name.lower() not in _MEANT and times[name.lower()] == 1 and len(name) <= MAX_NAME
        }
        """The lines whose values may differ, each up to its value."""
        self._holes: list[int] = []
        self._openings: list[bytes] = []
        """What stands before each hole."""
        self._ending = b""
        if length_at:
            self._starts[length_at] = head.raw[length_at - 1][0] + b": "
        self._cut([length_at] if length_at else [])

    @property
    def is_chunked(self) -> bool:
        """Whether it stands before answers in chunks."""
        return not self._length_at

    def find(self, data: bytes, size: int) -> Found | None:
        """The answer that a read is or, in chunks, begins; None where it is none with a head like this.

        Args:
            data: The read, or as much of its beginning as `MAX_HEAD`.
            size: Bytes of the read.
        """
        found = self._values(data)
        if found is None and self._is_like(data):
            found = self._values(data)
        return None if found is None else self._found(*found, size)

    def _values(self, data: bytes) -> tuple[list[bytes], int] | None:
        """What stands in the holes, and where the head ends; None where anything else differs."""
        values: list[bytes] = []
        at = 0
        for opening in self._openings:
            if not data.startswith(opening, at):
                return None
            start = at + len(opening)
            at = data.find(_LINE, start)
            if at < 0:
                return None
            values.append(data[start:at])
        return (values, at + len(self._ending)) if data.startswith(self._ending, at) else None

    def _found(self, values: list[bytes], begin: int, size: int) -> Found | None:
        """The answer in so many bytes, where any digits say how long its body is, and the parser takes every value."""
        told = dict(zip(self._holes, values, strict=True))
        digits = told.pop(self._length_at, b"")
        is_length = digits.isdigit() and len(digits) <= _MAX_DIGITS
        if self._length_at and not (is_length and 0 < int(digits) == size - begin):
            return None
        if not told:
            return Found(self._head, digits, begin)
        if not _are_values([*told.values()]):
            return None
        return Found(self._head.with_values(told), digits, begin)

    def _is_like(self, data: bytes) -> bool:
        """Whether it begins with such a head, but for values that may differ; from now on they are holes."""
        end = data.find(_END)
        lines = data[:end].split(_LINE) if end > 0 else []
        if len(lines) != len(self._lines):
            return False
        differ = list(compress(range(len(lines)), map(ne, lines, self._lines)))
        for at in differ:
            start = self._starts.get(at)
            if start is None or not lines[at].startswith(start):
                return False
        self._cut(sorted({*self._holes, *differ}))
        return True

    def _cut(self, holes: list[int]) -> None:
        self._holes, self._openings, same = holes, [], b""
        for at, line in enumerate(self._lines):
            if at in holes:
                self._openings.append(same + self._starts[at])
                same = _LINE
            else:
                same += line + _LINE
        self._ending = same + _LINE


def _are_values(told: list[bytes]) -> bool:
    """Whether the parser takes each of these as it is for the value of a header."""
    is_allowed = not b"".join(told).translate(None, _ALLOWED)
    return is_allowed and [value.strip(b" \t") for value in told] == told


def known_head(read: memoryview, head: AnswerHead) -> KnownHead | None:
    """The head of a read that was one whole answer on a connection that stays open; None where it is not to be known.

    Args:
        read: All of it.
        head: What the parser made of it.
    """
    data = bytes(read[:MAX_HEAD])
    end = data.find(_END)
    lines = data[:end].split(_LINE) if end > 0 else [b""]
    if not lines[0].startswith(_OPENING) or lines[1:] != [b"%b: %b" % line for line in head.raw]:
        return None
    frames = [at for at, (name, _) in enumerate(head.raw, 1) if name.lower() in (LENGTH, _CODING)]
    if len(frames) != 1:
        return None
    name, value = head.raw[frames[0] - 1]
    if name.lower() == LENGTH:
        return KnownHead(lines, head, frames[0]) if value.isdigit() else None
    return KnownHead(lines, head) if value == _CHUNKED else None
