"""The head of a message, cut around the digits of its `content-length`: heads that differ in them alone are known as one.

Invariant: nothing is cut but digits, and two heads with the same rest, of which one has them where `is_sure` says so, have
them in the same place.
Source: RFC 9112 sections 2.1 and 6.2 (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final, NamedTuple

_MARK: Final = b"ength: "
"""What stands before the digits, in every way of writing the name that there is."""
_LINE: Final = b"\r\ncontent-length: "
MAX_DIGITS: Final = 10
"""Of a length that is cut out."""
_END: Final = b"\r\n\r\n"


class HeadCut(NamedTuple):
    """A head in its parts."""

    rest: bytes
    """All of it but the digits, without its empty line."""
    at: int
    """Where they stood: behind the first `ength: `."""
    digits: bytes
    begin: int
    """Where the body begins."""

    @property
    def is_sure(self) -> bool:
        """Whether what stands before the digits is the name of the length and no other."""
        return self.rest[: self.at].lower().endswith(_LINE)


def head_cut(data: bytes, size: int, most: int) -> HeadCut | None:
    """The head that a message begins with; None where it has no length, or none that is as long as what is here.

    Args:
        data: The message, or as much of its beginning as `most`.
        size: Bytes of the message that are here.
        most: Bytes of a head that is worth it.
    """
    end = data.find(_END, 0, most)
    found = data.find(_MARK, 0, end) if end > 0 else -1
    if found < 0:
        return None
    start = found + len(_MARK)
    stop = data.find(b"\r", start, end + 1)
    digits, begin = data[start:stop], end + len(_END)
    if len(digits) > MAX_DIGITS or not digits.isdigit() or int(digits) < size - begin:
        return None
    return HeadCut(data[:start] + data[stop:end], start, digits, begin)
