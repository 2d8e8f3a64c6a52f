"""The numbers of one process: a row of floats, and where in it each series begins.

Invariant: one thread writes; a number stands at the same index for ever.
"""

from __future__ import annotations

from typing import TypeAlias

from proxy.watch.families import BY_NAME, Family, Labels

Key: TypeAlias = tuple[str, Labels]
"""A family's name and the values of its labels."""
Reading: TypeAlias = dict[Key, list[float]]
"""What all series said at one moment."""


class Cells:
    """Numbers in memory."""

    def __init__(self) -> None:
        self.numbers: list[float] | memoryview[float] = []
        """Read and written by index, which is soonest done in a list; may be another object after a `take`."""
        self.places: dict[Key, int] = {}
        """Where each series begins."""
        self._used = 0

    def take(self, family: Family, labels: Labels) -> int:
        """Room for a series that has none yet.

        Returns:
            The index of its first number; all of them are 0.
        """
        at = self._used
        self._used = at + family.width
        self._grow(self._used)
        self._note(family.name, labels, at)
        self.places[family.name, labels] = at
        return at

    def reading(self) -> Reading:
        """What all series say now."""
        return {
            key: list(self.numbers[at : at + BY_NAME[key[0]].width])
            for key, at in self.places.items()
        }

    def close(self) -> None:
        """Let go of what is not memory; the numbers can be used on."""

    def _grow(self, size: int) -> None:
        assert isinstance(self.numbers, list)
        self.numbers.extend([0.0] * (size - len(self.numbers)))

    def _note(self, family: str, labels: Labels, at: int) -> None:
        """Write down where a series begins, where somebody else has to find it."""
