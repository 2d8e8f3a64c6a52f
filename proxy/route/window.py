"""Counts over the last so many seconds, by the second: constant memory, whatever the rate."""


class Window:
    """How many, lately. A time that goes back counts as the newest.

    Args:
        seconds: How long a count is remembered.
    """

    __slots__ = ("_at", "_counts", "_ends", "_newest", "_total")

    def __init__(self, seconds: int) -> None:
        self._counts = [0] * seconds
        self._newest = 0
        self._at = 0
        """Where the newest second is counted."""
        self._ends = 1
        """When it is over."""
        self._total = 0

    def add(self, now: float) -> None:
        """One more."""
        if now >= self._ends:
            self._turn(int(now))
        self._counts[self._at] += 1
        self._total += 1

    def total(self, now: float) -> int:
        """How many there were."""
        if now >= self._ends:
            self._turn(int(now))
        return self._total

    def _turn(self, second: int) -> None:
        """A new second begins: the oldest are forgotten."""
        size = len(self._counts)
        for gone in range(self._newest + 1, min(second, self._newest + size) + 1):
            self._total -= self._counts[gone % size]
            self._counts[gone % size] = 0
        self._newest, self._at, self._ends = second, second % size, second + 1
