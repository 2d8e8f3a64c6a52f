"""The records that cross the store's door: what is asked of it, and what it answers.

Amounts are whole numbers: credits, tokens or millionths of a US dollar, as the account means. Times are seconds since
1970 on the store's own clock, which is one for all replicas. Nothing here holds a key; a key is known by its digest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from proxy.core.record import record
from proxy.core.shape import Json

MOST: Final = 2**53 - 1
"""The largest amount: what JSON readers hold exactly."""


@unique
class Table(StrEnum):
    """The kinds of documents that are kept until somebody deletes them."""

    ORGANIZATIONS = "organizations"
    TEAMS = "teams"
    KEYS = "keys"
    JOBS = "jobs"


@dataclass(frozen=True, slots=True)
class Document:
    """One document."""

    id: str
    data: Json = field(repr=False)
    """Never mutated."""
    owner: str = ""
    """Whose it is: a team's organisation, a key's or a job's team. What another tenant owns is found by nobody else."""
    mark: str = ""
    """A second name, unique in its table where it is not empty: a key's digest."""
    version: int = 0
    """Counted up by the store at every change; 0 before it is kept."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, oldest first."""

    documents: tuple[Document, ...]
    cursor: str = ""
    """What to ask for the next; empty at the end."""


@dataclass(frozen=True, slots=True)
class Want:
    """What a call takes of one limit, in one minute's terms (GCRA; a full minute's allowance may come at once)."""

    limit: str
    """Its name: `requests:key:K1`."""
    per_minute: int
    """Above 0."""
    amount: int
    """At least 0. More than a whole minute's allowance is taken as that, or it could never be had."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount set aside on an account until it is settled or released."""

    id: str
    """Unique for ever: holding it again changes nothing and answers as the first time."""
    account: str
    """`credits:TEAM`, `budget:KEY:2026-11`."""
    amount: int
    """At least 0."""
    seconds: float
    """After so long the sweeper releases it."""
    ceiling: int | None = None
    """What held and spent may come to on an account that nobody grants anything: a budget of a period. None: what was
    granted is the limit."""


@dataclass(frozen=True, slots=True)
class Ask:
    """All that a call needs before it may begin: granted whole, or nothing of it is taken."""

    wants: tuple[Want, ...] = ()
    holds: tuple[Hold, ...] = ()
    spare: tuple[Want, ...] = ()
    """Limits of targets: each is taken where it can be, and its lack refuses nothing."""


@dataclass(frozen=True, slots=True)
class Level:
    """How full a limit is after the ask."""

    limit: str
    per_minute: int
    remaining: int
    reset: float
    """Seconds until it is full again."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The call may begin."""

    levels: tuple[Level, ...] = ()
    """One for each of `wants`, in their order."""
    short: tuple[str, ...] = ()
    """Those of `spare` that had too little left, by name."""


@dataclass(frozen=True, slots=True)
class Limited:
    """A limit had too little left."""

    limit: str
    retry_after: float
    """Seconds."""
    levels: tuple[Level, ...] = ()
    """As they stand, nothing taken."""


@dataclass(frozen=True, slots=True)
class Short:
    """An account had too little left."""

    account: str
    remaining: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A limit's second thought: what was taken by estimate turned out to be this much more (or, below 0, less)."""

    limit: str
    per_minute: int
    more: int
    """Against what was taken, which is `min(amount, per_minute)`: an estimate beyond that took no more."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a hold comes to. 0 releases it.

    A hold that the sweeper released meanwhile is still charged, as far as its account goes: a stream may outlive it.
    """

    hold: str
    actual: int
    """At least 0. Beyond the hold it is taken as far as the account goes; the rest is recorded as shortfall."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a settlement went; asked again, the same answer."""

    hold: str
    taken: int
    shortfall: int = 0
    """What could not be taken: all of it where nobody knows the hold."""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account."""

    account: str
    granted: int = 0
    held: int = 0
    spent: int = 0

    @property
    def remaining(self) -> int:
        """What may still be held; means nothing for an account that lives by ceilings."""
        return self.granted - self.held - self.spent


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. Lines are only ever added."""

    id: str
    """Increasing: the cursor."""
    at: float
    account: str
    kind: str
    """`grant`, `hold`, `settle`, `release`. On every account `granted` is the sum of the first, `spent` that of `settle`,
    and `held` that of `hold` less `settle` and `release`: what is taken beyond a hold is held first."""
    amount: int
    """What changed: granted (below 0: taken away), held, taken or given back."""
    ref: str
    """The grant's or the hold's id."""
    note: str = ""
    shortfall: int = 0


@record
class CallRow:
    """What is kept of one call for good: one row each, also for the cancelled, the failed and the refused."""

    id: str
    """The call's own id, unique for ever; recording it again changes nothing."""
    at: float
    """When it came, seconds since 1970."""
    surface: str
    alias: str
    asked: str
    target: str
    """Who served; empty where nobody did."""
    outcome: str
    status: int
    stream: bool
    organization: str = ""
    team: str = ""
    key: str = ""
    """The key's id."""
    job: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_micros: int = 0
    """Millionths of a US dollar."""
    priced: bool = False
    """Whether a price was known; where not, the cost is 0 because nobody can tell."""
    ttft_ms: float = 0.0
    duration_ms: float = 0.0
    detail: Json = field(default_factory=dict, repr=False)
    """Attempts, purpose, metadata, and the bodies where a team wants them kept."""


@record
class Brief:
    """What a row says to whoever looks for it or adds it up: fields of `CallRow`, and none that is long."""

    at: float
    surface: str
    alias: str
    target: str
    outcome: str
    organization: str = ""
    team: str = ""
    key: str = ""
    job: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_micros: int = 0
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Which rows are meant. Empty strings are no condition."""

    since: float = 0.0
    until: float = float("inf")
    """Exclusive."""
    team: str = ""
    key: str = ""
    job: str = ""


@unique
class By(StrEnum):
    """What sums of usage are grouped by: columns of `CallRow`."""

    ORGANIZATION = "organization"
    TEAM = "team"
    KEY = "key"
    ALIAS = "alias"
    TARGET = "target"
    SURFACE = "surface"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Sum:
    """What calls of one group come to."""

    group: str
    calls: int = 0
    served: int = 0
    failed: int = 0
    """Failed and cut."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    cost_micros: int = 0
    duration_ms: float = 0.0
    """All of them together."""


@record
class Conclusion:
    """How a call ended, for the store: told once, aside, and safe to tell again."""

    settlements: tuple[Settlement, ...] = ()
    corrections: tuple[Correction, ...] = ()
    """Counted once with their row; without a row, every time they are told."""
    row: CallRow | None = None
