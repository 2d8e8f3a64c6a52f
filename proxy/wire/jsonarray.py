"""Frames JSON values that follow each other: the elements of one top-level array, or objects with nothing around them.

Bytes split anywhere in, each element out as soon as its last bracket has come; what an element means, and whether it is
JSON at all, is for its reader.

Invariant: time is linear in the bytes fed, and what is held never exceeds one element of `max_element` bytes.
Source: RFC 8259.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.core.errors import Kind, ProxyError

_BETWEEN: Final = re.compile(rb"[^\s,]")
_IN_VALUE: Final = re.compile(rb'["{}\[\]]')
_IN_STRING: Final = re.compile(rb'["\\]')
_OPENING: Final = frozenset({b"{", b"["})


class JsonArrayDecoder:
    """Reads one stream of values. `feed` any number of times; there is nothing to finish: half an element is none.

    Args:
        max_element: Bytes that one element may have.
    """

    def __init__(self, max_element: int) -> None:
        self.closed = False
        """Whether the array's own end was seen; what comes after it is not read."""
        self._max = max_element
        self._opened = False
        self._depth = 0
        self._in_string = False
        self._escaped = False
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take what one read brought.

        Returns:
            Elements that are whole now, each an object or an array.

        Raises:
            ProxyError: OVERSIZED; MALFORMED where something else than an object or an array stands between commas.
        """
        elements: list[bytes] = []
        at = 0
        while not self.closed:
            begin = at if self._held else self._begin(data, at)
            if begin is None:
                break
            at = self._scan(data, begin)
            self._keep(data[begin:at])
            if self._depth:
                break
            elements.append(b"".join(self._held))
            self._held, self._size = [], 0
        return elements

    def _begin(self, data: bytes, at: int) -> int | None:
        """Where the next element begins; None where it does not yet."""
        while found := _BETWEEN.search(data, at):
            at = found.start()
            byte = found[0]
            if byte == b"[" and not self._opened:
                self._opened = True
                at += 1
            elif byte in _OPENING:
                return at
            elif byte == b"]" and self._opened:
                self.closed = True
                break
            else:
                raise ProxyError(
                    Kind.MALFORMED, "the provider sent an array with something else than objects"
                )
        return None

    def _scan(self, data: bytes, at: int) -> int:
        """Follow strings and brackets from `at`: to the end of the element, or of the data."""
        size = len(data)
        if self._escaped and at < size:
            self._escaped = False
            at += 1
        while at < size:
            found = (_IN_STRING if self._in_string else _IN_VALUE).search(data, at)
            if found is None:
                return size
            at = found.end()
            byte = found[0]
            if byte == b"\\":
                self._escaped = at == size
                at += 1
            elif byte == b'"':
                self._in_string = not self._in_string
            else:
                self._depth += 1 if byte in _OPENING else -1
                if not self._depth:
                    return at
        return size

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max:
            raise ProxyError(
                Kind.OVERSIZED,
                f"an element of the stream has at least {self._size} bytes; max_event is {self._max}",
            )
        self._held.append(piece)
