"""What was measured: figures by work, contestant and name, a value for each round."""

import statistics
from dataclasses import dataclass, field

NOISE = 0.1
"""Cores that others may use while we measure."""


@dataclass
class Notes:
    """Figures by work, contestant and name; one value for each round."""

    values: dict[str, dict[str, dict[str, list[float]]]] = field(default_factory=dict)

    def add(self, work: str, who: str, **figures: float) -> None:
        """Note one round."""
        kept = self.values.setdefault(work, {}).setdefault(who, {})
        for name, value in figures.items():
            kept.setdefault(name, []).append(value)

    def noisy(self) -> str:
        """A warning, where other programs used the machine while it measured."""
        cores = [
            value
            for work in self.values.values()
            for figures in work.values()
            for value in figures.get("others", ())
        ]
        loud = [each for each in cores if each > NOISE]
        if not loud:
            return ""
        return f"{len(loud)} of {len(cores)} rounds are doubtful: other programs used up to {max(loud):.2f} cores meanwhile"

    def median(self, work: str, who: str, name: str) -> float | None:
        """The middle of the figure's rounds; None where it was not measured."""
        found = self.values.get(work, {}).get(who, {}).get(name)
        return statistics.median(found) if found else None

    def mean(self, work: str, who: str, name: str) -> float | None:
        """The figure over all rounds together; None where it was not measured."""
        found = self.values.get(work, {}).get(who, {}).get(name)
        return statistics.fmean(found) if found else None
