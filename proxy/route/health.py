"""How every target and credential of this process is doing: who is fit for a call, and from when who is not.

Two things make a target unfit: its circuit (it fails), and a cool-down (it, its model or its credential said so). What a
failure does is read from one table by its kind; failures that are the caller's, and callers who left, do nothing.

Invariant: decided here and at once; what other replicas say can only add a cool-down, and is never waited for.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import Final, Literal, Protocol, TypeAlias

from proxy.core.errors import Kind, ProxyError
from proxy.core.record import record
from proxy.core.shape import Target
from proxy.route.budget import HEDGE_FLOOR, HEDGE_SHARE, SPAN, Budget
from proxy.route.circuit import Circuit, State, Ticket
from proxy.route.rush import Rush
from proxy.route.verdict import counts
from proxy.route.window import Window

REFUSED: Final = 300.0
"""Seconds that a refused credential, permission or model is left alone."""
RATE_MOST: Final = 120.0
"""Seconds: the longest Retry-After that is believed."""
WAITS: Final = 128
"""Waits for a first token that are remembered for each target."""
P95_SPAN: Final = 600.0
"""Seconds for which they count."""
P95_LEAST: Final = 20
"""Waits below which nothing can be said."""
MAX_KEPT: Final = 10_000
"""Targets that are remembered; callers name them, so their number must be bounded."""


_OF_THE_KEY: Final = frozenset(
    {Kind.AUTH, Kind.PERMISSION, Kind.QUOTA, Kind.RATE_LIMIT, Kind.NOT_FOUND}
)
"""What a provider says of a key rather than of itself: of a caller's own key it concerns that caller alone."""
_WARM: Final = (0.0, None)
"""What never had to cool down."""

Part: TypeAlias = Literal["target", "key", "model"]
"""What of a target may be left alone: it, whatever the key; its key at all models; or its model with this key."""
_PARTS: Final[tuple[Part, ...]] = ("target", "key", "model")
"""In the order of `_things`."""


class Advice(Protocol):
    """What replicas tell each other of cool-downs. Neither verb may wait or fail."""

    until: float
    """Time from which nothing that was heard counts any more."""

    def tell(self, thing: str, seconds: float) -> None:
        """Others may want to leave this alone for so long."""
        ...

    def heard(self, thing: str) -> float:
        """Seconds for which others say that this is better left alone; 0 for none."""
        ...


class NoAdvice:
    """There are no replicas."""

    until = 0.0

    def tell(self, thing: str, seconds: float) -> None:
        """Nobody listens."""

    def heard(self, thing: str) -> float:  # noqa: ARG002 (the verb's own shape)
        """Nobody speaks."""
        return 0.0


@record
class Fitness:
    """Whether a target should get a call now."""

    free_at: float
    """From when; in the past where it is now."""
    share: float
    """The share of calls that it should get now: below 1 in a slow start, 0 while it is unfit."""


@record
class Rest:
    """A cool-down: what is left alone, until when, and why."""

    part: Part
    until: float
    kind: Kind | None
    """What it was refused with; None where only other replicas know."""


@dataclass(slots=True)
class Record:
    """What is known of one target."""

    circuit: Circuit = field(default_factory=Circuit)
    calls: Window = field(default_factory=lambda: Window(SPAN))
    """Those that were meant for it: what its budgets let through is a share of them."""
    retries: Budget = field(init=False)
    hedges: Budget = field(init=False)
    in_flight: int = 0
    speed: float = 0.0
    """Seconds to the first token, as a moving average that rises at once and falls slowly (peak EWMA)."""
    speed_at: float = 0.0
    waits: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=WAITS))
    """When, and how long, the last calls waited for their first token."""
    last_kind: Kind | None = None
    refused: int = 0
    """Tries and hedges that a budget did not let through."""
    rush: Rush = field(default_factory=Rush)

    def __post_init__(self) -> None:
        self.retries = Budget(self.calls)
        self.hedges = Budget(self.calls, HEDGE_SHARE, HEDGE_FLOOR)

    def enter(self, target: Target, now: float, *, extra: bool = False) -> "Entry":
        """A call goes out; the arguments are those of `Health.enter`."""
        self.in_flight += 1
        if not extra:
            self.calls.add(now)
        return Entry(target, self.circuit.enter(now), now, self)


@record
class Entry:
    """A call under way at a target."""

    target: Target
    ticket: Ticket
    began: float
    record: Record


class Health:
    """The records of one process.

    Args:
        draw: Gives numbers from [0, 1), for jitter.
        advice: What replicas tell each other.
    """

    def __init__(self, draw: Callable[[], float], advice: Advice | None = None) -> None:
        self._draw = draw
        self._advice = advice or NoAdvice()
        self._records: dict[tuple[str, str], Record] = {}
        self._refused: dict[str, int] = {}
        """What budgets of records that are forgotten refused, by target: it was counted, and a count never falls. Where these
        are too many, the rest is told of no target."""
        self._cooled: dict[str, tuple[float, Kind | None]] = {}
        """Until when, and why."""
        self._all_warm_at = 0.0
        """When the last of them has cooled down."""
        self._is_there: Callable[[str, str], bool] | None = None
        """Whether a target is called with a credential since the last reload; None where there was none."""

    def fitness(self, target: Target, now: float) -> Fitness:
        """Whether this target should get a call now."""
        circuit = self._record(target).circuit
        free = circuit.free_at(now)
        if now < self._all_warm_at or now < self._advice.until:
            free = max(free, self._warm_at(target, now))
        return Fitness(free, circuit.share(now) if free <= now else 0.0)

    def rest(self, target: Target, now: float) -> Rest | None:
        """What of a target has to cool down for longest; None where nothing has to. Its circuit is another matter."""
        return self._rest(target.name, target.credential, now)

    def well(self, target: Target, now: float) -> Record | None:
        """The record of a target that should get every call now; None where it should not: `fitness` says more."""
        record = self._records.get((target.name, target.credential)) or self._record(target)
        if not record.circuit.is_well(now):
            return None
        if now < self._all_warm_at or now < self._advice.until:
            return record if self._warm_at(target, now) <= now else None
        return record

    def enter(self, target: Target, now: float, *, extra: bool = False) -> Entry:
        """A call goes out. Whoever enters must leave.

        Args:
            target: Where to.
            now: Seconds.
            extra: Whether a budget let it through: what was extra earns no further extras.
        """
        return self._record(target).enter(target, now, extra=extra)

    def spoke(self, entry: Entry, now: float) -> None:
        """It gave its first output."""
        record = entry.record
        wait = now - entry.began
        record.speed = _peak(record.speed, wait, now - record.speed_at)
        record.speed_at = now
        record.waits.append((now, wait))
        record.circuit.leave(entry.ticket, now, well=True, draw=0.5)
        record.last_kind = None

    def failed(self, entry: Entry, error: ProxyError, now: float) -> None:
        """It gave none."""
        record = entry.record
        cooled = self._cool(entry.target, error, now)
        is_callers = entry.target.passthrough and error.kind in _OF_THE_KEY
        well = None if cooled or is_callers or not counts(error) else False
        record.circuit.leave(entry.ticket, now, well=well, draw=self._draw())
        if cooled or well is False:
            record.last_kind = error.kind
        if well is False and record.circuit.state(now) is State.OPEN:
            # Replicas need not find out for themselves, each by failures of its own.
            self._advice.tell(entry.target.name, record.circuit.free_at(now) - now)

    def left(self, entry: Entry, now: float) -> None:
        """Nothing is known of how it would have gone: the caller left, or another was quicker."""
        entry.record.circuit.leave(entry.ticket, now, well=None, draw=0.5)

    def ended(self, entry: Entry) -> None:
        """The connection is closed, however it went."""
        entry.record.in_flight -= 1

    def may_retry(self, target: Target, now: float, delay: float = 0.0) -> bool:
        """Spend one further try at the same target, unless it will be unfit for longer than the try would wait."""
        if self.fitness(target, now).free_at > now + delay:
            return False
        record = self._record(target)
        return _taken(record, record.retries, now)

    def may_hedge(self, target: Target, now: float) -> bool:
        """Spend one hedge onto this target."""
        record = self._record(target)
        return _taken(record, record.hedges, now)

    def refusals(self) -> Iterator[tuple[str, int]]:
        """Target, and how many further tries and hedges its budgets refused; once for each credential, or more often."""
        self._let_go()
        yield from self._refused.items()
        for (name, _), kept in self._records.items():
            yield name, kept.refused

    def forget(self, is_there: Callable[[str, str], bool]) -> None:
        """A new configuration: what it has no more is told of no more, once the last call there has ended.

        A circuit that was open when its key was taken out would be half open for whoever looks, for ever.

        Args:
            is_there: Whether a target, by name, is still called with a credential.
        """
        self._is_there = is_there
        self._let_go()

    def in_flight(self, target: Target) -> int:
        """Calls under way there."""
        return self._record(target).in_flight

    def speed(self, target: Target) -> float:
        """Seconds to the first token there, lately; 0 where it is not known."""
        return self._record(target).speed

    def p95(self, target: Target, now: float) -> float | None:
        """Seconds within which 95 of 100 first tokens came, of the last ten minutes; None where too few are known."""
        waits = sorted(wait for at, wait in self._record(target).waits if now - at < P95_SPAN)
        if len(waits) < P95_LEAST:
            return None
        return waits[min(len(waits) - 1, int(len(waits) * 0.95))]

    def states(self, now: float) -> Iterator[tuple[str, State, int, Kind | None, Rest | None]]:
        """Target, circuit, calls under way, last failure and cool-down, for whoever looks."""
        self._let_go()
        for (name, credential), kept in self._records.items():
            rest = self._rest(name, credential, now)
            yield name, kept.circuit.state(now), kept.in_flight, kept.last_kind, rest

    def _let_go(self) -> None:
        """Let go of what is not there any more. Also whenever somebody looks: calls that began before keep their plans."""
        is_there = self._is_there
        if is_there is None:
            return
        gone = [
            key
            for key, record in self._records.items()
            if not record.in_flight and not is_there(*key)
        ]
        for key in gone:
            self._drop(key)

    def _drop(self, key: tuple[str, str]) -> None:
        was = self._records.pop(key)
        if was.refused:
            name = key[0] if key[0] in self._refused or len(self._refused) < MAX_KEPT else ""
            self._refused[name] = self._refused.get(name, 0) + was.refused

    def _cool(self, target: Target, error: ProxyError, now: float) -> bool:
        """Leave alone what the failure says should be; whether it said so."""
        if target.passthrough:
            return False
        name, credential, model = _things(target.name, target.credential)
        match error.kind:
            case Kind.AUTH | Kind.QUOTA:
                thing, seconds = credential, REFUSED
            case Kind.PERMISSION:
                thing, seconds = model, REFUSED
            case Kind.NOT_FOUND:
                thing, seconds = name, REFUSED
            case Kind.RATE_LIMIT if error.retry_after and counts(error):
                thing, seconds = model, min(error.retry_after, RATE_MOST)
            case _:
                return False
        self._forget(now)
        cooled = self._cooled.get(thing, _WARM), (now + seconds, error.kind)
        self._cooled[thing] = until, _ = max(cooled, key=itemgetter(0))
        self._all_warm_at = max(self._all_warm_at, until)
        self._advice.tell(thing, seconds)
        return True

    def _warm_at(self, target: Target, now: float) -> float:
        """From when nothing of a target has to cool down; in the past where nothing has to."""
        warm = 0.0
        for thing in _things(target.name, target.credential):
            until, _ = self._cooled.get(thing, _WARM)
            warm = max(warm, until, now + self._advice.heard(thing))
        return warm

    def _rest(self, name: str, credential: str, now: float) -> Rest | None:
        parts = zip(_PARTS, _things(name, credential), strict=True)
        rests = (self._rest_of(part, thing, now) for part, thing in parts)
        longest = max(rests, key=attrgetter("until"))
        return longest if longest.until > now else None

    def _rest_of(self, part: Part, thing: str, now: float) -> Rest:
        until, kind = self._cooled.get(thing, _WARM)
        heard = now + self._advice.heard(thing)
        return Rest(part, max(until, heard), kind if until > now else None)

    def _forget(self, now: float) -> None:
        if len(self._cooled) < MAX_KEPT:
            return
        self._cooled = {thing: kept for thing, kept in self._cooled.items() if kept[0] > now}
        if len(self._cooled) > MAX_KEPT // 2:
            # Callers make names up faster than they are forgotten: those that rest longest are kept.
            lasting = sorted(self._cooled.items(), key=lambda pair: pair[1][0])
            self._cooled = dict(lasting[len(lasting) // 2 :])

    def _record(self, target: Target) -> Record:
        key = (target.name, target.credential)
        record = self._records.get(key)
        if record is None:
            if len(self._records) >= MAX_KEPT:
                idle = (kept for kept, other in self._records.items() if not other.in_flight)
                oldest = next(idle, None)
                if oldest is not None:
                    self._drop(oldest)
            record = self._records[key] = Record()
        return record


def _taken(record: Record, budget: Budget, now: float) -> bool:
    taken = budget.take(now)
    record.refused += not taken
    return taken


DECAY: Final = 10.0
"""Seconds in which a slow first token is half forgotten."""


def _peak(before: float, seen: float, gone: float) -> float:
    if seen >= before:
        return seen
    weight = math.pow(0.5, gone / DECAY)
    return before * weight + seen * (1.0 - weight)


def _things(name: str, credential: str) -> tuple[str, str, str]:
    """What may be cooled: this target, its credential, and its model with that credential."""
    provider, _, model = name.partition("/")
    key = f"{provider}#{credential}"
    return name, key, f"{key}/{model}"
