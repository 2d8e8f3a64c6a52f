"""Heads of answers that were read before: a whole answer with the same head again need not be parsed.

A server says the same before each of its answers, but for the digits of `content-length` and, once a second, a date. The
first such answer goes through the parser; what it made of the head is remembered under the head's own bytes.

Invariant: a head is known only once the parser has read these very bytes, but for the digits of their length, as the head
of one whole answer, a 200, after which the connection stays open. What is kept is bounded.
"""

from __future__ import annotations

from typing import Final

from proxy.upstream.answer_head import LENGTH, AnswerHead
from proxy.wire.head_cut import HeadCut, head_cut

MAX_HEADS: Final = 64
"""That are kept; of servers that never say the same twice, all go at once."""
MAX_HEAD: Final = 1024
"""Bytes of a head that is kept: a longer one tells each answer something that it tells no other."""
_OPENING: Final = b"HTTP/1.1 200 "
_FRAMING: Final = frozenset({LENGTH, b"transfer-encoding"})


class KnownHeads(dict[bytes, AnswerHead]):
    """Those of one transport, by what they are but for the digits."""

    __slots__ = ()

    def learn(self, cut: HeadCut, head: AnswerHead) -> None:
        """Remember what the parser made of bytes that were one whole answer on a connection that stays open."""
        framing = [value for name, value in head.raw if name.lower() in _FRAMING]
        if not (cut.rest.startswith(_OPENING) and cut.is_sure and framing == [cut.digits]):
            return
        if len(self) >= MAX_HEADS:
            self.clear()
        self[cut.rest] = head


def cut_of(read: memoryview) -> HeadCut | None:
    """The head of what may be a whole answer, no more and no less; None where it is none that has a body."""
    cut = head_cut(bytes(read[:MAX_HEAD]), len(read), MAX_HEAD)
    return cut if cut is not None and 0 < int(cut.digits) == len(read) - cut.begin else None
