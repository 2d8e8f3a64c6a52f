"""One metric as the hot path sees it: a counter or a histogram over a process's cells, without locks and objects.

Nothing is computed that a scrape can compute: a bucket holds what fell into it alone, and nothing is added up.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, TypeAlias

from proxy.watch.cells import Cells, Key
from proxy.watch.families import Family, Labels

OTHER: Final = "other"
"""The label of whatever the configuration does not name."""


Exemplar: TypeAlias = tuple[str, float, float]
"""A call that fell into a bucket: its trace id, its value, Unix time in seconds."""


class Counter:
    """Counts by labels.

    Args:
        family: What it counts.
        cells: Where.
    """

    def __init__(self, family: Family, cells: Cells) -> None:
        self._family = family
        self._cells = cells
        self._places: dict[Labels, int] = {}

    def add(self, labels: Labels, amount: float = 1.0) -> None:
        """Count.

        Args:
            labels: Values in the order of the family's names, from closed sets.
            amount: Never negative.
        """
        at = self._places.get(labels)
        if at is None:
            at = self.place(labels)
        self._cells.numbers[at] += amount

    def place(self, labels: Labels) -> int:
        """Where in the cells a series stands, for ever."""
        at = self._places.get(labels)
        if at is None:
            at = self._places[labels] = self._cells.take(self._family, labels)
        return at


class Histogram:
    """Sorts values into buckets by labels.

    Args:
        family: What it measures.
        cells: Where.
        exemplars: Where the last call of each bucket is kept, by series; None for nowhere.
    """

    def __init__(
        self, family: Family, cells: Cells, exemplars: dict[Key, list[Exemplar | None]] | None
    ) -> None:
        self._family = family
        self._cells = cells
        self._exemplars = exemplars
        self._edges = family.edges
        self._sum = family.width - 1
        self._places: dict[Labels, tuple[int, list[Exemplar | None]]] = {}

    def add(self, labels: Labels, value: float, trace: str = "", at: float = 0.0) -> None:
        """Take a value.

        Args:
            labels: As `Counter.add`.
            value: In the family's unit.
            trace: Its call's trace id, empty for none.
            at: Unix time, seconds.
        """
        place, kept = self._places.get(labels) or self._open(labels)
        slot = bisect_left(self._edges, value)
        numbers = self._cells.numbers
        numbers[place + slot] += 1.0
        numbers[place + self._sum] += value
        if trace and kept:
            kept[slot] = (trace, value, at)

    def _open(self, labels: Labels) -> tuple[int, list[Exemplar | None]]:
        kept: list[Exemplar | None] = []
        if self._exemplars is not None:
            kept = self._exemplars[self._family.name, labels] = [None] * self._sum
        found = self._places[labels] = (self._cells.take(self._family, labels), kept)
        return found
