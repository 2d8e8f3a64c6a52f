"""Facts to numbers: an observer that counts, and keeps what it counted for whoever scrapes.

Labels come from the configuration in force and from our own vocabulary; a name that a caller made up is `other`. Counting
is adding to a row of floats; what is a state and no event (calls under way, circuits) is asked for when it is read.

Invariant: callers cannot make a series; what was counted under a name stays when a reload takes the name away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import nan
from typing import Final, TypeAlias

from proxy.core.errors import Kind
from proxy.core.facts import (
    AnswerBegan,
    AnswerResumed,
    AttemptFailed,
    CallEnded,
    Fact,
    HedgeEnded,
    Outcome,
)
from proxy.core.usage import Usage
from proxy.watch import families
from proxy.watch.cells import Cells, Key, Reading
from proxy.watch.families import Family, Labels
from proxy.watch.served import Served, pace_of, run_of, wait_of
from proxy.watch.tally import OTHER, Counter, Exemplar, Histogram
from proxy.watch.together import together

NONE: Final = "none"
"""The target of a call that nobody served."""
SERVED: Final = "served"

Gauge: TypeAlias = Callable[[], Mapping[Labels, float]]
"""Says how things are now, by labels from closed sets."""


class Metrics:
    """The numbers of this process.

    Args:
        cells: Where numbers are kept; in memory by default.
        exemplars: Whether the last call of each bucket is remembered; only where this process is the only one.
    """

    hears_wholes_begin = False

    def __init__(self, cells: Cells | None = None, *, exemplars: bool = True) -> None:
        self._cells = cells or Cells()
        self.exemplars: dict[Key, list[Exemplar | None]] = {}
        """By histogram series, for each bucket."""
        self._aliases: dict[str, str] = {}
        self._targets: dict[str, str] = {}
        self._served: dict[tuple[str, str, str], Served] = {}
        self._gauges: list[tuple[Family, Gauge]] = []
        self._catch_up: Callable[[], None] = lambda: None
        self._told: dict[str, set[Labels]] = {}
        self._hear: dict[type[Fact], Callable[..., None]] = {
            AttemptFailed: self._failed,
            AnswerBegan: self._began,
            AnswerResumed: self._resumed,
            HedgeEnded: self._hedged,
            CallEnded: self._ended,
        }
        kept = self.exemplars if exemplars else None
        self._requests = Counter(families.REQUESTS, self._cells)
        self._attempts = Counter(families.ATTEMPTS, self._cells)
        self._failovers = Counter(families.FAILOVERS, self._cells)
        self._ttft = Histogram(families.TTFT, self._cells, kept)
        self._tpot = Histogram(families.TPOT, self._cells, kept)
        self._durations = Histogram(families.DURATIONS, self._cells, kept)
        self._overheads = Histogram(families.OVERHEADS, self._cells, kept)
        self._tokens = Counter(families.TOKENS, self._cells)
        self._cost = Counter(families.COST, self._cells)
        self._hedges = Counter(families.HEDGES, self._cells)
        self._resumes = Counter(families.RESUMES, self._cells)
        self._cache = Counter(families.CACHE, self._cells)
        self._violations = Counter(families.VIOLATIONS, self._cells)
        self._disconnects = Counter(families.DISCONNECTS, self._cells)

    def adopt(self, aliases: Iterable[str], targets: Iterable[str]) -> None:
        """Take these names for labels from now on.

        Args:
            aliases: Public names.
            targets: `provider/model`.
        """
        self._aliases = {name: name for name in aliases}
        self._targets = {name: name for name in targets}
        self._served = {}

    def watch(self, family: Family, gauge: Gauge) -> None:
        """Ask for these numbers whenever somebody reads."""
        self._gauges.append((family, gauge))

    def follow(self, catch_up: Callable[[], None]) -> None:
        """Call this before anything is read: what has happened may not have been heard yet."""
        self._catch_up = catch_up

    def target(self, name: str) -> str:
        """A target's label."""
        return self._targets.get(name, OTHER)

    def on(self, fact: Fact) -> None:
        """Take note."""
        self._hear[type(fact)](fact)

    def on_many(self, facts: Iterator[Fact]) -> None:
        """Take note."""
        hear = self._hear
        for fact in facts:
            hear[type(fact)](fact)

    def violated(self, surface: str, violation: str) -> None:
        """What we said to a caller broke the protocol of a surface."""
        self._violations.add((surface, violation))

    def refresh(self) -> None:
        """Ask everything that is a state. What is not told any more is no number from now on."""
        self._catch_up()
        for family, gauge in self._gauges:
            told = gauge()
            for labels, number in told.items():
                self._set(family, labels, number)
            if family.kind == "gauge":
                for labels in self._told.get(family.name, told.keys()) - told.keys():
                    self._set(family, labels, nan)
                self._told[family.name] = set(told)

    def reading(self) -> Reading:
        """What all series of this process say now."""
        self.refresh()
        return together([self._cells.reading()])

    def close(self) -> None:
        """Count no more for others."""
        self._cells.close()

    def _set(self, family: Family, labels: Labels, number: float) -> None:
        at = self._cells.places.get((family.name, labels))
        if at is None:
            at = self._cells.take(family, labels)
        self._cells.numbers[at] = number

    def _failed(self, fact: AttemptFailed) -> None:
        if fact.moved_on:
            alias = self._aliases.get(fact.alias, OTHER)
            self._failovers.add((alias, self.target(fact.target), fact.kind.value))

    def _began(self, fact: AnswerBegan) -> None:
        if fact.stream:
            self._waited(fact)

    def _resumed(self, fact: AnswerResumed) -> None:
        self._resumes.add((fact.mode,))

    def _hedged(self, fact: HedgeEnded) -> None:
        self._hedges.add((self._aliases.get(fact.alias, OTHER), fact.winner))

    def _ended(self, fact: CallEnded) -> None:
        run = run_of(fact)
        if run is not None:
            key = (fact.surface, fact.alias, run.target)
            served = self._served.get(key) or self._open(*key)
            if served is not None:
                served.add(fact, run)
                return
        self._count(fact)

    def _open(self, surface: str, alias: str, target: str) -> Served | None:
        """Where calls of these names are counted together; None where one of them is no label."""
        if alias not in self._aliases or target not in self._targets:
            return None
        served = self._served[surface, alias, target] = Served(
            self._cells,
            (alias, target),
            (target,),
            self._requests.place((surface, alias, target, Outcome.SERVED.value)),
            self._attempts.place((target, SERVED)),
            self._tokens.place((target, "input")),
            self._tokens.place((target, "output")),
            self._durations.series((surface, alias)),
            self._overheads.series((surface,)),
            self._ttft,
            self._tpot,
            self._cost,
        )
        return served

    def _count(self, fact: CallEnded) -> None:
        """Count whatever call it was, number by number."""
        alias, label = self._aliases.get(fact.alias, OTHER), self._targets.get
        target = NONE if fact.target is None else label(fact.target, OTHER)
        self._requests.add((fact.surface, alias, target, fact.outcome.value))
        if fact.cache:
            self._cache.add((alias, fact.cache))
        for tried in fact.attempts:
            if not tried.skipped:
                result = SERVED if tried.kind is None else tried.kind.value
                self._attempts.add((label(tried.target, OTHER), result))
        if fact.outcome is Outcome.CANCELLED and fact.kind is Kind.CANCELLED:
            phase = "before" if fact.ttft_ms is None else "after"
            self._disconnects.add((fact.surface, phase))
        if fact.outcome is not Outcome.REFUSED or not all(each.skipped for each in fact.attempts):
            self._time(fact, alias, target)
        for run in fact.runs:
            name = label(run.target, OTHER)
            if run.usage is not None:
                self._used(name, run.usage)
            if run.cost:
                self._cost.add((name,), float(run.cost))

    def _time(self, fact: CallEnded, alias: str, target: str) -> None:
        if fact.hushed:
            self._waited(fact)
        trace = fact.trace.id if fact.trace is not None else ""
        self._durations.add((fact.surface, alias), fact.duration_ms / 1000, trace, fact.at)
        if fact.overhead_ms is not None:
            self._overheads.add((fact.surface,), fact.overhead_ms / 1000, trace, fact.at)
        pace = pace_of(fact)
        if pace is not None:
            self._tpot.add((target,), pace, trace, fact.at)

    def _waited(self, fact: AnswerBegan | CallEnded) -> None:
        """A stream began: counted when it is told that it did, else when it has ended."""
        alias, target = self._aliases.get(fact.alias, OTHER), self.target(fact.target or NONE)
        trace = fact.trace.id if fact.trace is not None else ""
        self._ttft.add((alias, target), wait_of(fact), trace, fact.at)

    def _used(self, target: str, usage: Usage) -> None:
        add = self._tokens.add
        add((target, "input"), usage.prompt)
        add((target, "output"), usage.completion)
        if usage.cached:
            add((target, "cached"), usage.cached)
        if usage.cache_write:
            add((target, "cache_write"), usage.cache_write)
        if usage.reasoning:
            add((target, "reasoning"), usage.reasoning)
