"""What a job is, and every step of its life as a pure function.

A job is created, called any number of times, and completed once, well or not. What its calls used is added up as they
end; its price is worked out from the sum, once, when it is completed.

Invariant: pure. `pending -> in_progress -> completed | failed`, never back; totals count every call that ended, whatever
is listed; a price never falls where usage rises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum, unique
from typing import Final

from proxy.core.shape import Json
from proxy.gate.caller import Tariff
from proxy.gate.credits import price_of
from proxy.gate.tenants import Mode

LASTS: Final = 24 * 3600.0
"""Seconds that a job may stay open; then it has failed, and what it held is released."""
MOST_LISTED: Final = 500
"""Calls that are listed one by one; totals count them all."""
TIMED_OUT: Final = "job_timeout"
"""The error of a job that was left open."""

_MICROS: Final = Decimal(1_000_000)


@unique
class State(StrEnum):
    """How far a job has come."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Running:
    """A call that has begun and not ended, and what it may use."""

    id: str
    tokens: int = 0
    cost_micros: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended."""

    id: str
    at: float
    """When it ended, seconds since 1970."""
    purpose: str = ""
    model: str = ""
    """The name that was asked for."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0
    priced: bool = False
    """Whether a price was known."""
    latency_ms: float = 0.0
    error: str = ""
    """What went wrong, in one word; empty where nothing did."""

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Totals:
    """What calls come to."""

    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_micros: int = 0
    latency_ms: float = 0.0

    @property
    def tokens(self) -> int:
        """Prompt and completion together."""
        return self.prompt_tokens + self.completion_tokens

    def plus(self, done: Done) -> Totals:
        """With one more."""
        return Totals(
            self.calls + 1,
            self.failed + bool(done.error),
            self.prompt_tokens + done.prompt_tokens,
            self.completion_tokens + done.completion_tokens,
            self.cost_micros + done.cost_micros,
            self.latency_ms + done.latency_ms,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """Credits that are held for a job."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Owed:
    """What the ledger is to hear of a hold."""

    hold: str
    price: int = 0
    """Credits that are charged from it; 0 releases it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Times are seconds since 1970."""

    id: str
    team: str
    type: str
    tariff: Tariff
    """As it was when the job was created: what is being worked at does not become dearer."""
    created_at: float
    organization: str = ""
    key: str = ""
    """The id of the key that created it."""
    user: str = ""
    metadata: Json = field(default_factory=dict)
    state: State = State.PENDING
    started_at: float | None = None
    completed_at: float | None = None
    error: str = ""
    running: tuple[Running, ...] = ()
    calls: tuple[Done, ...] = ()
    totals: Totals = field(default_factory=Totals)
    holds: tuple[Held, ...] = ()
    """The first is that of its creation, and carries its price in the end."""
    owed: tuple[Owed, ...] = ()
    """What calls that ended leave for the ledger; written with what they changed, and here until it has heard."""
    due: int = 0
    """Its price as it was when it was completed, which alone is settled for it; 0 while it is open and where it failed."""
    answer: Json | None = None
    """What completing it was answered with; None until its price is settled."""
    version: int = field(default=0, compare=False)

    @property
    def is_open(self) -> bool:
        """Whether it takes calls."""
        return self.state in (State.PENDING, State.IN_PROGRESS)

    @property
    def is_due(self) -> bool:
        """Whether it is over, and its price is not settled."""
        return not self.is_open and self.answer is None

    @property
    def held(self) -> int:
        """Credits."""
        return sum(each.amount for each in self.holds)

    @property
    def price(self) -> int:
        """What it costs in credits if it is completed well as it is."""
        return self._price(self.totals.cost_micros, self.totals.tokens)

    @property
    def needed(self) -> int:
        """What it may cost when the calls under way have ended."""
        return self._price(
            self.totals.cost_micros + sum(each.cost_micros for each in self.running),
            self.totals.tokens + sum(each.tokens for each in self.running),
        )

    @property
    def unheard(self) -> tuple[Owed, ...]:
        """All that the ledger is to hear of it, releases first: what they free can be charged."""
        owed = self.owed
        if self.is_due:
            first, *rest = self.holds
            own = Owed(first.id, self.due, self.state.value)
            owed = (own, *(Owed(each.id) for each in rest), *owed)
        return tuple(sorted(owed, key=lambda each: each.price > 0))

    def is_overdue(self, now: float) -> bool:
        """Whether it was left open for too long."""
        return self.is_open and now >= self.created_at + LASTS

    def began(self, call: Running, now: float) -> Job:
        """A call begins."""
        return replace(
            self,
            state=State.IN_PROGRESS,
            started_at=self.started_at if self.started_at is not None else now,
            running=(*self.running, call),
        )

    def withdrew(self, call: str) -> Job:
        """A call that began was not made."""
        return replace(self, running=tuple(each for each in self.running if each.id != call))

    def ended(self, done: Done) -> Job:
        """A call has ended; the job may be over meanwhile."""
        listed = (*self.calls, done) if len(self.calls) < MOST_LISTED else self.calls
        return replace(self.withdrew(done.id), calls=listed, totals=self.totals.plus(done))

    def holding(self, held: Held) -> Job:
        """More credits are held for it."""
        return replace(self, holds=(*self.holds, held))

    def released(self, ids: Iterable[str]) -> Job:
        """Some are held no more."""
        gone = set(ids)
        return replace(self, holds=tuple(each for each in self.holds if each.id not in gone))

    def concluded(self, call: Done) -> Job:
        """A call has ended, and with it what it held beyond need; the ledger is to hear of it.

        Where the job was completed meanwhile, what the call adds to its price is charged by itself.
        """
        after = self.ended(call)
        own = f"{self.id}:{call.id}"
        gone = after.spare() if self.is_open else (own,)
        late = after.price - self.price if self.state is State.COMPLETED else 0
        owed = [Owed(each) for each in gone]
        if late:
            owed.append(Owed(f"{self.id}:late:{call.id}", late, "after completion"))
        return replace(after.released(gone), owed=(*self.owed, *owed))

    def heard(self, owed: tuple[Owed, ...], answer: Json | None) -> Job:
        """The ledger has heard of these, and of its price where that is answered; what was answered first stays."""
        left = tuple(each for each in self.owed if each not in owed)
        first = answer if self.answer is None else self.answer
        if left == self.owed and first is self.answer:
            return self
        return replace(self, owed=left, answer=first)

    def spare(self) -> tuple[str, ...]:
        """Holds that it does not need any more, the largest first; never that of its creation, or of a call under way.

        Such a call may not have made its hold yet: released before, it would be made behind that, and nobody's.
        """
        rest, need, gone = self.held, self.needed, []
        awaited = {f"{self.id}:{each.id}" for each in self.running}
        for each in sorted(self.holds[1:], key=lambda held: -held.amount):
            if rest - each.amount >= need and each.id not in awaited:
                rest -= each.amount
                gone.append(each.id)
        return tuple(gone)

    def closed(self, state: State, now: float, metadata: Json, error: str) -> Job:
        """It is over. What calls add that are under way is charged by itself, so its price is taken down here."""
        return replace(
            self,
            state=state,
            completed_at=now,
            metadata={**self.metadata, **metadata},
            error=error,
            due=self.price if state is State.COMPLETED else 0,
        )

    def _price(self, cost_micros: int, tokens: int) -> int:
        if self.tariff.mode is Mode.JOB_BASED:
            return 1
        return price_of(self.tariff, Decimal(cost_micros) / _MICROS, tokens)
