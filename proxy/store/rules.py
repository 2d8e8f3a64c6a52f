"""What the ledger's verbs do, written once for every store that keeps its books where Python can reach them.

Each function is one step: the store that calls it makes the step atomic. The Lua scripts of Redis are its twin, held to
it by the same tests.

Lines of the ledger add up: on every account `granted` is the sum of `grant`, `spent` the sum of `settle`, and `held` the
sum of `hold` less those of `settle` and `release`. So what a settlement takes beyond its hold is held first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum, unique
from typing import Final, Protocol

from proxy.store import gcra
from proxy.store.gcra import Bucket
from proxy.store.records import (
    MOST,
    Ask,
    Balance,
    CallRow,
    Conclusion,
    Correction,
    Granted,
    Hold,
    Level,
    Limited,
    Settled,
    Settlement,
    Short,
    Want,
)

EXPIRED: Final = "expired"
"""The note of what the sweeper releases."""


@unique
class Stage(IntEnum):
    """How far a hold has come."""

    OPEN = 0
    LAPSED = 1
    """Released by the sweeper; a settlement that comes late is still taken as far as the account goes."""
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class Held:
    """A hold as the books have it."""

    id: str
    account: str
    amount: int
    ceiling: int | None
    ends: float
    """Seconds since 1970."""
    stage: Stage = Stage.OPEN
    taken: int = 0
    shortfall: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line for the ledger, before it has its id and its time."""

    account: str
    kind: str
    amount: int
    ref: str
    note: str = ""
    shortfall: int = 0


class Books(Protocol):
    """What the rules read and write; within one step nobody else does."""

    def bucket(self, limit: str) -> Bucket | None:
        """What a limit owed when it was last touched."""
        ...

    def put_bucket(self, limit: str, bucket: Bucket, per_minute: int) -> None:
        """Keep it, at least until it is owed off."""
        ...

    def balance(self, account: str) -> Balance:
        """An account; all 0 where there is none."""
        ...

    def put_balance(self, balance: Balance) -> None:
        """Keep it."""
        ...

    def hold(self, id: str) -> Held | None:  # noqa: A002 (the field's own name)
        """A hold in any stage."""
        ...

    def put_hold(self, held: Held) -> None:
        """Keep it."""
        ...

    def lapsed(self, now: float) -> Iterable[Held]:
        """Open holds whose time has passed."""
        ...

    def add_line(self, line: Line, now: float) -> None:
        """Add to the ledger."""
        ...

    def granted(self, account: str, ref: str) -> bool:
        """Whether there is a grant of this ref on this account."""
        ...

    def add_row(self, row: CallRow) -> bool:
        """Keep what became of a call; False where it is there already."""
        ...


class _Limits:
    """The limits that one step looks at: each read once, seen by whoever comes later in the step, written at the end."""

    def __init__(self, books: Books, now: int) -> None:
        self._books = books
        self._now = now
        self._debts: dict[str, int] = {}
        self._rates: dict[str, int] = {}

    def debt(self, limit: str, per_minute: int) -> int:
        if limit not in self._debts:
            bucket = self._books.bucket(limit)
            self._debts[limit] = gcra.owed(bucket, per_minute, self._now)
            if bucket is not None and bucket.at > self._now:
                # The clock was set back: from here on the debt is paid again, whether anything is taken or not.
                self._rates[limit] = per_minute
        return self._debts[limit]

    def take(self, want: Want) -> bool:
        debt = self.debt(want.limit, want.per_minute)
        if not gcra.fits(debt, want.amount, want.per_minute):
            return False
        self._keep(want.limit, want.per_minute, debt + gcra.cost(want.amount, want.per_minute))
        return True

    def correct(self, correction: Correction) -> None:
        debt = self.debt(correction.limit, correction.per_minute)
        after = gcra.corrected(debt, correction.more, correction.per_minute)
        self._keep(correction.limit, correction.per_minute, after)

    def _keep(self, limit: str, per_minute: int, debt: int) -> None:
        self._debts[limit] = debt
        self._rates[limit] = per_minute

    def write(self) -> None:
        for limit, per_minute in self._rates.items():
            bucket = Bucket(self._debts[limit], self._now)
            self._books.put_bucket(limit, bucket, per_minute)


class _Accounts:
    """The accounts that one step looks at, each read once and written once."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._balances: dict[str, Balance] = {}
        self._changed: set[str] = set()

    def __getitem__(self, account: str) -> Balance:
        if account not in self._balances:
            self._balances[account] = self._books.balance(account)
        return self._balances[account]

    def put(self, balance: Balance) -> None:
        self._balances[balance.account] = balance
        self._changed.add(balance.account)

    def write(self) -> None:
        for account in self._changed:
            self._books.put_balance(self._balances[account])


def admit(books: Books, ask: Ask, now: float) -> Granted | Limited | Short:
    """Take every want and hold, or nothing; `now` in seconds since 1970.

    An ask all of whose holds are known is a repetition: nothing is taken again, limits neither.
    """
    limits = _Limits(books, _micros(now))
    holds = _new(books, ask.holds)
    if ask.holds and not holds:
        return Granted(_levels(limits, ask.wants))
    refused = _take_wants(books, limits, ask.wants, now)
    if refused is not None:
        return refused
    accounts = _Accounts(books)
    for hold in holds:
        balance = accounts[hold.account]
        room = _room(balance, hold.ceiling)
        if hold.amount > room:
            return Short(hold.account, max(0, room))
        accounts.put(replace(balance, held=balance.held + hold.amount))
    short = tuple(want.limit for want in ask.spare if not limits.take(want))
    limits.write()
    accounts.write()
    for hold in holds:
        _open(books, hold, now)
    return Granted(_levels(limits, ask.wants), short)


def _new(books: Books, holds: Sequence[Hold]) -> Collection[Hold]:
    """Those that nobody knows, each once: one that is said again changes nothing."""
    found: dict[str, Hold] = {}
    for hold in holds:
        if hold.id not in found and books.hold(hold.id) is None:
            found[hold.id] = hold
    return found.values()


def _take_wants(books: Books, limits: _Limits, wants: Sequence[Want], now: float) -> Limited | None:
    """Take them in thought; the refusal that lasts longest where one of them has too little left."""
    lacking = [want for want in wants if not limits.take(want)]
    if not lacking:
        return None
    standing = _Limits(books, _micros(now))
    levels = _levels(standing, wants)
    waits = [
        (gcra.wait(limits.debt(want.limit, want.per_minute), want.amount, want.per_minute), want)
        for want in lacking
    ]
    # Nothing was taken; what is written here is only a record from before the clock was set back.
    standing.write()
    longest, want = max(waits, key=lambda each: each[0])
    return Limited(want.limit, longest, levels)


def conclude(books: Books, ends: Sequence[Conclusion], now: float) -> list[Settled]:
    """Settle, correct and record. A row that is there already means that its corrections are, too."""
    limits = _Limits(books, _micros(now))
    settled: list[Settled] = []
    for end in ends:
        if end.row is None or books.add_row(end.row):
            for correction in end.corrections:
                limits.correct(correction)
        if end.settlements:
            settled += settle(books, end.settlements, now)
    limits.write()
    return settled


def settle(books: Books, settlements: Sequence[Settlement], now: float) -> list[Settled]:
    """Settle holds; one that is closed answers as it did."""
    return [_settle(books, each, now) for each in settlements]


def _settle(books: Books, settlement: Settlement, now: float) -> Settled:
    held = books.hold(settlement.hold)
    if held is None:
        return Settled(settlement.hold, 0, settlement.actual)
    if held.stage is Stage.CLOSED:
        return Settled(held.id, held.taken, held.shortfall)
    balance = books.balance(held.account)
    kept = held.amount if held.stage is Stage.OPEN else 0
    room = max(0, _room(balance, held.ceiling))
    taken = min(settlement.actual, kept + room)
    shortfall = settlement.actual - taken
    for line in _lines(held, settlement, kept, taken):
        books.add_line(line, now)
    books.put_balance(replace(balance, held=balance.held - kept, spent=balance.spent + taken))
    books.put_hold(replace(held, stage=Stage.CLOSED, taken=taken, shortfall=shortfall))
    return Settled(held.id, taken, shortfall)


def _lines(held: Held, settlement: Settlement, kept: int, taken: int) -> list[Line]:
    """What a settlement writes, so that the account's lines add up."""
    note, shortfall = settlement.note, settlement.actual - taken
    lines = []
    if taken > kept:
        lines.append(Line(held.account, "hold", taken - kept, held.id, note))
    if settlement.actual:
        lines.append(Line(held.account, "settle", taken, held.id, note, shortfall))
    if kept > taken or not settlement.actual:
        lines.append(Line(held.account, "release", max(0, kept - taken), held.id, note))
    return lines


def grant(
    books: Books, account: str, amount: int, ref: str, note: str, now: float
) -> Balance | None:
    """Add to what an account may spend, once for each ref; None where it would go below what is held and spent."""
    balance = books.balance(account)
    if books.granted(account, ref):
        return balance
    granted = balance.granted + amount
    if granted > MOST or granted < balance.held + balance.spent:
        return None
    balance = replace(balance, granted=granted)
    books.put_balance(balance)
    books.add_line(Line(account, "grant", amount, ref, note), now)
    return balance


def sweep(books: Books, now: float) -> int:
    """Release what nobody settled in time; how many."""
    count = 0
    for held in list(books.lapsed(now)):
        balance = books.balance(held.account)
        books.put_balance(replace(balance, held=balance.held - held.amount))
        books.add_line(Line(held.account, "release", held.amount, held.id, EXPIRED), now)
        books.put_hold(replace(held, stage=Stage.LAPSED))
        count += 1
    return count


def difference(balance: Balance, told: Mapping[tuple[str, str], int]) -> str:
    """What is wrong with an account, as a sentence without its name; empty where its lines add up.

    `told` is what the lines come to, by account and kind.
    """
    granted, held, settled, released = (
        told.get((balance.account, kind), 0) for kind in ("grant", "hold", "settle", "release")
    )
    lines = (granted, held - settled - released, settled)
    kept = (balance.granted, balance.held, balance.spent)
    if lines == kept:
        return ""
    return (
        f"granted, held and spent are {kept}, and the lines of the ledger come to {lines}. "
        "Keep both, stop spending from it, and compare its lines with the provider's invoice."
    )


def _open(books: Books, hold: Hold, now: float) -> None:
    books.put_hold(Held(hold.id, hold.account, hold.amount, hold.ceiling, now + hold.seconds))
    books.add_line(Line(hold.account, "hold", hold.amount, hold.id), now)


def _room(balance: Balance, ceiling: int | None) -> int:
    limit = balance.granted if ceiling is None else ceiling
    return limit - balance.held - balance.spent


def _levels(limits: _Limits, wants: Sequence[Want]) -> tuple[Level, ...]:
    return tuple(
        gcra.level(want.limit, want.per_minute, limits.debt(want.limit, want.per_minute))
        for want in wants
    )


def _micros(now: float) -> int:
    return int(now * 1e6)
