"""Values that end by themselves, in bounded memory: when it is full, what would have ended soonest goes first.

Invariant: never more than `most` values, nor more than `most_bytes` of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

_SLACK = 1000


class Expiring:
    """A mapping from keys to bytes; whoever asks says what time it is.

    Args:
        most: Values that are kept at once.
        most_bytes: Bytes of all values together.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._values: dict[str, tuple[bytes, float]] = {}
        self._ends: list[tuple[float, str]] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str, now: float) -> bytes | None:
        """What is there and has not ended."""
        value, ends = self._values.get(key, (None, now))
        return value if ends > now else None

    def put(self, key: str, value: bytes, ends: float, now: float) -> None:
        """Keep until `ends`. What alone is larger than all that may be kept is not."""
        self.drop(key)
        self._expire(now)
        if len(value) > self._most_bytes:
            return
        self._values[key] = (value, ends)
        self._bytes += len(value)
        heapq.heappush(self._ends, (ends, key))
        self._make_room()
        self._compact()

    def drop(self, key: str) -> bool:
        """Forget; whether it was there."""
        value, _ = self._values.pop(key, (None, 0.0))
        if value is None:
            return False
        self._bytes -= len(value)
        return True

    def under(self, prefix: str, now: float) -> Iterator[tuple[str, bytes]]:
        """What has not ended and has a key that begins so, by the rest of the key."""
        for key, (value, ends) in self._values.items():
            if ends > now and key.startswith(prefix):
                yield key[len(prefix) :], value

    def _expire(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            self._pop()

    def _make_room(self) -> None:
        while len(self._values) > self._most or self._bytes > self._most_bytes:
            self._pop()

    def _pop(self) -> None:
        ends, key = heapq.heappop(self._ends)
        # A key that was replaced or dropped left its old end behind.
        if self._values.get(key, (b"", -1.0))[1] == ends:
            self.drop(key)

    def _compact(self) -> None:
        if len(self._ends) > 2 * len(self._values) + _SLACK:
            self._ends = [(ends, key) for key, (_, ends) in self._values.items()]
            heapq.heapify(self._ends)
