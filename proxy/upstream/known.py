"""Heads of answers that were read before: a whole answer with the same head again need not be parsed.

A server says the same before each of its answers, but for the digits of `content-length` and, once a second, a date. The
first such answer goes through the parser; what it made of the head is remembered under the head's own bytes.

Invariant: a head is known only once the parser has read these very bytes, but for the digits of their length, as the head
of one whole answer, a 200, after which the connection stays open. What is kept is bounded.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from proxy.upstream.answer_head import LENGTH, AnswerHead

MAX_HEADS: Final = 64
"""That are kept; of servers that never say the same twice, all go at once."""
MAX_HEAD: Final = 1024
"""Bytes of a head that is kept: a longer one tells each answer something that it tells no other."""
_OPENING: Final = b"HTTP/1.1 200 "
_MARK: Final = b"ength: "
"""What stands before the digits, in every way of writing the name that servers have."""
_LINE: Final = b"\r\n%b: " % LENGTH
_FRAMING: Final = frozenset({LENGTH, b"transfer-encoding"})
_MAX_DIGITS: Final = 10
_END: Final = b"\r\n\r\n"

Cut: TypeAlias = tuple[bytes, bytes, bytes]
"""What may be a whole answer: its head without the digits of its length, these, and the body."""


class KnownHeads(dict[bytes, AnswerHead]):
    """Those of one transport, by the first part of a `Cut`."""

    __slots__ = ()

    def learn(self, cut: Cut, head: AnswerHead) -> None:
        """Remember what the parser made of bytes that were one whole answer on a connection that stays open."""
        key, digits, _ = cut
        begins = key[: key.index(_MARK) + len(_MARK)].lower()
        framing = [value for name, value in head.raw if name.lower() in _FRAMING]
        if not key.startswith(_OPENING) or not begins.endswith(_LINE) or framing != [digits]:
            return
        if len(self) >= MAX_HEADS:
            self.clear()
        self[key] = head


def cut_of(data: bytes) -> Cut | None:
    """The parts of what may be a whole answer, no more and no less; None where it is none that has a body."""
    end = data.find(_END, 0, MAX_HEAD)
    found = data.find(_MARK, 0, end) if end > 0 else -1
    if found < 0:
        return None
    start = found + len(_MARK)
    stop = data.find(b"\r", start, end + 1)
    digits, body = data[start:stop], data[end + len(_END) :]
    if not body or len(digits) > _MAX_DIGITS or not digits.isdigit() or int(digits) != len(body):
        return None
    # Where the digits stood is told by what is left: behind the first `_MARK`.
    return data[:start] + data[stop:end], digits, body
