"""Calls that the first target served whole, counted in one step: most calls are of this form, and of a few names.

Invariant: counts what `Metrics` would count of such a call number by number.
"""

from __future__ import annotations

from proxy.core.facts import SERVED, AnswerBegan, CallEnded, Run
from proxy.core.record import Part
from proxy.watch.cells import Cells
from proxy.watch.families import Labels
from proxy.watch.tally import Counter, Histogram, Series


class Served(Part):
    """Those of one surface, alias and target, all of which are labels; numbers are places in the cells."""

    cells: Cells
    asked: Labels
    """Alias and target, where these two tell."""
    target: Labels
    """It alone."""
    requests: int
    attempts: int
    input: int
    output: int
    durations: Series
    overheads: Series
    waits: Histogram
    """For the first output."""
    paces: Histogram
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
        usage, overhead = run.usage, fact.overhead_ms
        assert usage is not None, "such a run has one"
        assert overhead is not None, "such a call has one"
        numbers[self.input] += usage.prompt
        numbers[self.output] += usage.completion
        if run.cost:
            self.cost.add(self.target, float(run.cost))
        trace, at = fact.trace.id if fact.trace is not None else "", fact.at
        self.durations.add(fact.duration_ms / 1000, trace, at)
        self.overheads.add(overhead / 1000, trace, at)
        if fact.stream:
            if fact.hushed:
                self.waits.add(self.asked, wait_of(fact), trace, at)
            pace = pace_of(fact)
            if pace is not None:
                self.paces.add(self.target, pace, trace, at)


def run_of(fact: CallEnded) -> Run | None:
    """The one run of a call of this form; None for every other call."""
    attempts, runs = fact.attempts, fact.runs
    if fact.outcome is not SERVED or len(attempts) != 1 or len(runs) != 1:
        return None
    tried, run = attempts[0], runs[0]
    if tried.kind is not None or tried.skipped or not tried.target == run.target == fact.target:
        return None
    usage = run.usage
    if usage is None or fact.overhead_ms is None or fact.cache:
        return None
    is_told_apart = usage.cached or usage.cache_write or usage.reasoning
    return None if is_told_apart else run


def wait_of(fact: AnswerBegan | CallEnded) -> float:
    """Seconds that the caller of a stream which has begun waited for it."""
    assert fact.ttft_ms is not None, "it has begun"
    return fact.ttft_ms / 1000


def pace_of(fact: CallEnded) -> float | None:
    """Seconds that a stream which was served took for each token after its first output; None where nothing tells."""
    usage, ttft = fact.usage, fact.ttft_ms
    if len(fact.runs) > 1:
        # Of the time after the first output, a part was another target's.
        return None
    if not fact.stream or fact.outcome is not SERVED or ttft is None or usage is None:
        return None
    further = usage.completion - 1
    return (fact.duration_ms / 1000 - ttft / 1000) / further if further > 0 else None
