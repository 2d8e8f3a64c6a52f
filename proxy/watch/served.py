"""Calls that the first target served whole, counted in one step: most calls are of this form, and of a few names.

Invariant: counts what `Metrics` would count of such a call number by number.
"""

from __future__ import annotations

from dataclasses import dataclass

from proxy.core.facts import CallEnded, Outcome, Run
from proxy.watch.cells import Cells
from proxy.watch.tally import Counter, Histogram


@dataclass(frozen=True, slots=True)
class Served:
    """Those of one surface, alias and target, all of which are labels; numbers are places in the cells."""

    cells: Cells
    surface: str
    alias: str
    target: str
    requests: int
    attempts: int
    input: int
    output: int
    durations: Histogram
    overheads: Histogram
    cost: Counter

    def add(self, fact: CallEnded, run: Run) -> None:
        """Count one.

        Args:
            fact: A call of this form.
            run: As `run_of` has found it.
        """
        numbers = self.cells.numbers
        numbers[self.requests] += 1.0
        numbers[self.attempts] += 1.0
        usage = run.usage
        assert usage is not None, "such a run has one"
        numbers[self.input] += usage.prompt
        numbers[self.output] += usage.completion
        if run.cost:
            self.cost.add((self.target,), float(run.cost))
        trace, at = fact.trace.id if fact.trace is not None else "", fact.at
        self.durations.add((self.surface, self.alias), fact.duration_ms / 1000, trace, at)
        if fact.overhead_ms is not None:
            self.overheads.add((self.surface,), fact.overhead_ms / 1000, trace, at)


def run_of(fact: CallEnded) -> Run | None:
    """The one run of a call of this form; None for every other call."""
    attempts, runs = fact.attempts, fact.runs
    if fact.outcome is not Outcome.SERVED or len(attempts) != 1 or len(runs) != 1:
        return None
    tried, run = attempts[0], runs[0]
    if tried.kind is not None or tried.skipped or not tried.target == run.target == fact.target:
        return None
    usage = run.usage
    if fact.stream or fact.cache or usage is None:
        return None
    is_told_apart = usage.cached or usage.cache_write or usage.reasoning
    return None if is_told_apart else run
