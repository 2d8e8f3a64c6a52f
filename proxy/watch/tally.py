"""One metric as the hot path sees it: a counter or a histogram over a process's cells, without locks and objects.

Nothing is computed that a scrape can compute: a bucket holds what fell into it alone, and nothing is added up.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final, TypeAlias

from proxy.core.record import Part
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


class Series(Part):
    """One series of a histogram."""

    cells: Cells
    place: int
    """Where in the cells its buckets begin."""
    sum: int
    """Where the sum of its values is."""
    edges: tuple[float, ...]
    kept: list[Exemplar | None]
    """The last call of each bucket; empty where none is kept."""

    def add(self, value: float, trace: str = "", at: float = 0.0) -> None:
        """Take a value.

        Args:
            value: In the family's unit.
            trace: Its call's trace id, empty for none.
            at: Unix time, seconds.
        """
        slot = bisect_left(self.edges, value)
        numbers, kept = self.cells.numbers, self.kept
        numbers[self.place + slot] += 1.0
        numbers[self.sum] += value
        if trace and kept:
            kept[slot] = (trace, value, at)


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
        self._series: dict[Labels, Series] = {}

    def add(self, labels: Labels, value: float, trace: str = "", at: float = 0.0) -> None:
        """Take a value.

        Args:
            labels: As `Counter.add`.
            value: As `Series.add`.
            trace: As there.
            at: As there.
        """
        (self._series.get(labels) or self.series(labels)).add(value, trace, at)

    def series(self, labels: Labels) -> Series:
        """The one of these labels, for ever."""
        series = self._series.get(labels)
        if series is None:
            family, kept = self._family, []
            if self._exemplars is not None:
                kept = self._exemplars[family.name, labels] = [None] * (family.width - 1)
            place = self._cells.take(family, labels)
            end = place + family.width - 1
            series = self._series[labels] = Series(self._cells, place, end, family.edges, kept)
        return series
