"""Counts over the last so many seconds, by the second: constant memory, whatever the rate."""


class Window:
    """How many, lately.

    Args:
        seconds: How long a count is remembered.
    """

    __slots__ = ("_counts", "_newest", "_total")

    def __init__(self, seconds: int) -> None:
        self._counts = [0] * seconds
        self._newest = 0
        self._total = 0

    def add(self, now: float) -> None:
        """One more."""
        second = int(now)
        if second > self._newest:
            self._forget(second)
        self._counts[second % len(self._counts)] += 1
        self._total += 1

    def total(self, now: float) -> int:
        """How many there were."""
        self._forget(int(now))
        return self._total

    def _forget(self, second: int) -> None:
        size = len(self._counts)
        for gone in range(self._newest + 1, min(second, self._newest + size) + 1):
            self._total -= self._counts[gone % size]
            self._counts[gone % size] = 0
        self._newest = max(self._newest, second)
