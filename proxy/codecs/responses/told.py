"""What of a text has gone out already, so that the rest of its final form can follow and nothing is said twice.

Most servers send a text in pieces and then once more as a whole; some send the whole alone.

Invariant: takes the same room whatever the text's length; where the whole is not what the pieces began, nothing follows.
"""

from __future__ import annotations

from zlib import crc32


class Told:
    """A text that is being told."""

    def __init__(self) -> None:
        self.length = 0
        """Characters so far."""
        self._sum = 0

    def add(self, piece: str) -> None:
        """A piece went out."""
        self.length += len(piece)
        self._sum = crc32(_bytes(piece), self._sum)

    def rest(self, whole: str) -> str:
        """What of the whole text has not gone out."""
        if len(whole) <= self.length or crc32(_bytes(whole[: self.length])) != self._sum:
            return ""
        return whole[self.length :]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
