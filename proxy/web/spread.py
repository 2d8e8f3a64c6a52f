"""How many connections each of several workers has, in memory that all of them see; and when one is handed over.

A worker's load is what it has open and what is on its way to it. Each number has one writer: a worker counts what it
has open, what it has handed to each of the others and what it has taken of what was handed to it. So nothing need be
locked, and what is on its way is known also where who should take it is busy, stuck or gone.

Invariant: as long as connections only come, and none is refused on its way, no worker has more than one and a
sixteenth above the one that has least.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Final

FINENESS: Final = 16
"""A spread is even where the difference is at most one, and one more for each so many connections."""
_AWAY: Final = -1
_OPEN, _TAKEN, _HANDED = range(3)
_CELL: Final = 8
"""Bytes of a number. They are aligned, so that one is stored and read at once, on every processor that we run on."""


def is_uneven(own: int, least: int) -> bool:
    """Whether a worker with so many connections should hand another to one that has so few."""
    return own + 1 - least > 1 + least // FINENESS


class Spread:
    """The numbers of all places; all are away at first. Make it before the first fork.

    Args:
        places: How many workers there are.
    """

    def __init__(self, places: int) -> None:
        self._places = range(places)
        self._row = _HANDED + places
        self._cells = memoryview(mmap.mmap(-1, places * self._row * _CELL)).cast("q")
        for place in self._places:
            self.leave(place)

    def is_there(self, place: int) -> bool:
        """Whether a worker takes connections there."""
        return self._open(place) != _AWAY

    def have(self, place: int, count: int) -> None:
        """It takes connections, and has so many open."""
        self._cells[place * self._row + _OPEN] = count

    def leave(self, place: int) -> None:
        """It takes none any more."""
        self._cells[place * self._row + _OPEN] = _AWAY

    def hand(self, place: int, to: int, count: int = 1) -> None:
        """So many are on their way from one to another; a negative count where they could not be sent."""
        self._cells[place * self._row + _HANDED + to] += count

    def take(self, place: int, count: int = 1) -> None:
        """So many have come."""
        self._cells[place * self._row + _TAKEN] += count

    def load(self, place: int) -> int:
        """What it has and what is on its way to it."""
        handed = sum(self._cells[_HANDED + place :: self._row])
        return max(0, self._open(place)) + handed - self._cells[place * self._row + _TAKEN]

    def least(self, besides: int) -> tuple[int, int] | None:
        """Which of the others that are there has least, and its load; None where no other is there."""
        best: tuple[int, int] | None = None
        for count, place in sorted(self._others(besides)):
            # There is seldom anything on its way, so that mostly the first is the one.
            if best is not None and count >= best[1]:
                break
            load = self.load(place)
            if best is None or load < best[1]:
                best = place, load
        return best

    def whom(self, own: int) -> int | None:
        """To whom a connection goes that comes to this place; None where it stays there."""
        best = self.least(own)
        if best is None:
            return None
        place, load = best
        # Who is about to leave gives away whatever comes.
        return place if not self.is_there(own) or is_uneven(self.load(own), load) else None

    def _open(self, place: int) -> int:
        return self._cells[place * self._row + _OPEN]

    def _others(self, besides: int) -> Iterator[tuple[int, int]]:
        for place in self._places:
            count = self._open(place)
            if place != besides and count != _AWAY:
                yield count, place
