"""Frames newline-delimited JSON: bytes split anywhere in, whole lines out.

Bytes all the way: a line is decoded by whoever reads it, so that a read that ends inside a character, or a raw U+2028
inside a string, changes nothing. Lines end in LF or CRLF; blank ones say nothing.

Invariant: time is linear in the bytes fed, and what is held never exceeds one line of `max_line` bytes.
Source: https://github.com/ndjson/ndjson-spec (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from proxy.core.errors import Kind, ProxyError

_BOM: Final = b"\xef\xbb\xbf"
_BLANKS: Final = b" \t\r"


class NdjsonDecoder:
    """Reads one stream of lines. `feed` any number of times, then `finish` once.

    Args:
        max_line: Bytes that one line may have.
    """

    def __init__(self, max_line: int) -> None:
        self._max_line = max_line
        self._pieces: list[bytes] = []
        self._size = 0
        self._first = True

    def feed(self, data: bytes) -> list[bytes]:
        """Take what one read brought; give the lines that it ended, without their ends and without blank ones.

        Raises:
            ProxyError: OVERSIZED, where a line grows over `max_line`.
        """
        *whole, rest = data.split(b"\n")
        lines = []
        for piece in whole:
            self._keep(piece)
            if line := self._take():
                lines.append(line)
        if rest:
            self._keep(rest)
        return lines

    def finish(self) -> list[bytes]:
        """The connection closed: give the line that lacks its end, if there is one.

        The reader of its payload knows whether it is whole.
        """
        line = self._take()
        return [line] if line else []

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        # One more for the CR of a line end.
        if self._size > self._max_line + 1:
            raise ProxyError(
                Kind.OVERSIZED,
                f"a line of the stream has at least {self._size} bytes; max_event is {self._max_line}",
            )
        self._pieces.append(piece)

    def _take(self) -> bytes:
        line = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._first:
            self._first = False
            line = line.removeprefix(_BOM)
        return line.strip(_BLANKS)
