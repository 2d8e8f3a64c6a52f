"""The head of a whole answer that was read before: the next one like it need not be parsed.

A server says the same before each of its answers, but for the digits of `content-length`, the time, and what names the
answer or counts what is left. The first on a connection goes through the parser; of the next ones it is compared, line by
line, what may differ and what may not.

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
_MEANT: Final = frozenset(
    {LENGTH, b"transfer-encoding", b"trailer", b"connection", b"keep-alive", b"proxy-connection"}
    | {b"upgrade", b"te", b"content-encoding", b"content-type"}
)
"""Headers whose value must be the very same."""
_ALLOWED: Final = bytes({9, *range(0x20, 0x7F), *range(0x80, 0x100)})
"""Every byte that a value may hold."""


class Found(NamedTuple):
    """What a read was: a whole answer, a success, with a head that is known."""

    head: AnswerHead
    digits: bytes
    """Of its length."""
    begin: int
    """Where its body begins."""


class KnownHead:
    """Of one answer, whose head was read and is whole.

    Args:
        lines: Its lines, the empty one aside.
        head: What was read of it.
        length_at: Which line has the length.
    """

    __slots__ = ("_after", "_before", "_free", "_head", "_length", "_length_at", "_lines")

    def __init__(self, lines: list[bytes], head: AnswerHead, length_at: int) -> None:
        self._lines = lines
        self._head = head
        self._length_at = length_at
        self._length = head.raw[length_at - 1][0] + b": "
        self._before = b"".join([line + _LINE for line in lines[:length_at]]) + self._length
        self._after = b"".join([_LINE + line for line in lines[length_at + 1 :]]) + _END
        times = Counter(name.lower() for name, _ in head.raw)
        self._free = {
            at: name + b": "
            for at, (name, _) in enumerate(head.raw, 1)
            if name.lower() not in _MEANT and times[name.lower()] == 1 and len(name) <= MAX_NAME
        }
        """The lines whose values may differ, each up to its value."""

    def find(self, read: memoryview) -> Found | None:
        """The answer that a read is, no more and no less; None where it is none with a head like this."""
        data, start = bytes(read[:MAX_HEAD]), len(self._before)
        if data.startswith(self._before):
            stop = data.find(_LINE, start, start + _MAX_DIGITS + len(_LINE))
            if stop > start and data.startswith(self._after, stop):
                begin = stop + len(self._after)
                return _found(self._head, data[start:stop], begin, len(read))
        return self._find_like(data, len(read))

    def _find_like(self, data: bytes, size: int) -> Found | None:
        """An answer of so many bytes, whose head may not be the very same."""
        end = data.find(_END)
        lines = data[:end].split(_LINE) if end > 0 else []
        if len(lines) != len(self._lines):
            return None
        line = lines[self._length_at]
        head = self._like(lines) if line.startswith(self._length) else None
        if head is None:
            return None
        return _found(head, line[len(self._length) :], end + len(_END), size)

    def _like(self, lines: list[bytes]) -> AnswerHead | None:
        """A head of these lines."""
        values: dict[int, bytes] = {}
        for at in compress(range(len(lines)), map(ne, lines, self._lines)):
            if at == self._length_at:
                continue
            line, start = lines[at], self._free.get(at)
            if start is None or not line.startswith(start):
                return None
            value = line[len(start) :]
            if value.translate(None, _ALLOWED) or value != value.strip(b" \t"):
                return None
            values[at - 1] = value
        return self._head.with_values(values) if values else self._head


def _found(head: AnswerHead, digits: bytes, begin: int, size: int) -> Found | None:
    """The answer, where the digits say how long its body is."""
    if len(digits) > _MAX_DIGITS or not digits.isdigit() or not 0 < int(digits) == size - begin:
        return None
    return Found(head, digits, begin)


def known_head(read: memoryview, head: AnswerHead) -> KnownHead | None:
    """The head of a read that was one whole answer on a connection that stays open; None where it is not to be known.

    Args:
        read: All of it.
        head: What the parser made of it.
    """
    if "transfer-encoding" in head.fields:
        return None
    data = bytes(read[:MAX_HEAD])
    end = data.find(_END)
    lines = data[:end].split(_LINE) if end > 0 else [b""]
    if not lines[0].startswith(_OPENING) or lines[1:] != [b"%b: %b" % line for line in head.raw]:
        return None
    lengths = [at for at, (name, _) in enumerate(head.raw, 1) if name.lower() == LENGTH]
    if len(lengths) != 1 or not head.raw[lengths[0] - 1][1].isdigit():
        return None
    return KnownHead(lines, head, lengths[0])
