"""The store of one process, gone when it ends: the reference for what the verbs mean.

Memory is bounded: 10,000 rows of calls, 100,000 lines of the ledger and as many closed holds, 100,000 notes of 64 MiB
together, and claims of 8 MiB; beyond that the oldest go (of notes, what would have ended soonest). Documents, accounts
and open holds stay, and balances stay right: what lines that went came to is carried forward.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from itertools import chain
from typing import Final

from proxy.core.clock import Clock, SystemClock
from proxy.core.packing import Glimpse, Packing
from proxy.store import rules
from proxy.store.expiring import Expiring
from proxy.store.gcra import Bucket, owed
from proxy.store.records import (
    Ask,
    Balance,
    Brief,
    By,
    CallRow,
    Conclusion,
    Document,
    Entry,
    Finding,
    Granted,
    Limited,
    Page,
    Settled,
    Settlement,
    Short,
    Sum,
    Table,
)
from proxy.store.rules import Held, Line, Stage
from proxy.store.totals import meant, tally

MOST_ROWS: Final = 10_000
_ROW: Final = Packing(CallRow)
_BRIEF: Final = Glimpse(Brief)
MOST_LINES: Final = 100_000
MOST_CLOSED: Final = 100_000
MOST_NOTES: Final = 100_000
MOST_NOTE_BYTES: Final = 64 * 1024 * 1024
MOST_CLAIM_BYTES: Final = 8 * 1024 * 1024
LEASE: Final = 60.0
"""Seconds: who has a claim renews it for so long at most. What is put for longer is what came of it, and a note."""
FIRST_PURGE: Final = 10_000
"""So many limits are kept before those that owe nothing are looked for."""
SLACK: Final = 1_000
"""So many ends of holds that are closed are kept at any rate."""


class MemoryBooks:
    """The books of one process: `rules.Books` in dicts."""

    def __init__(self) -> None:
        self.balances: dict[str, Balance] = {}
        self.lines: deque[Entry] = deque()
        self.carried: Counter[tuple[str, str]] = Counter()
        """By account and kind: what lines came to that are no longer here."""
        self.holds: dict[str, Held] = {}
        # Ordered ones forget their oldest at once; a plain dict looks for it among all that it forgot before.
        self._rows: OrderedDict[str, bytes | CallRow] = OrderedDict()
        """Packed."""
        self._buckets: dict[str, tuple[Bucket, int]] = {}
        self._purge_at = FIRST_PURGE
        self._ends: list[tuple[float, str]] = []
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._grants: set[tuple[str, str]] = set()
        self._last = 0

    def bucket(self, limit: str) -> Bucket | None:
        """What a limit owed when it was last touched."""
        kept = self._buckets.get(limit)
        return None if kept is None else kept[0]

    def put_bucket(self, limit: str, bucket: Bucket, per_minute: int) -> None:
        """Keep it; now and then those go that owe nothing any more."""
        self._buckets[limit] = (bucket, per_minute)
        if len(self._buckets) > self._purge_at:
            self._buckets = {
                name: kept
                for name, kept in self._buckets.items()
                if owed(kept[0], kept[1], bucket.at)
            }
            self._purge_at = max(FIRST_PURGE, 2 * len(self._buckets))

    def balance(self, account: str) -> Balance:
        """An account; all 0 where there is none."""
        return self.balances.get(account) or Balance(account)

    def put_balance(self, balance: Balance) -> None:
        """Keep it."""
        self.balances[balance.account] = balance

    def hold(self, id: str) -> Held | None:  # noqa: A002 (the field's own name)
        """A hold in any stage."""
        return self.holds.get(id)

    def put_hold(self, held: Held) -> None:
        """Keep it; of the closed and the lapsed the latest."""
        self.holds[held.id] = held
        if held.stage is Stage.OPEN:
            heappush(self._ends, (held.ends, held.id))
            return
        self._closed[held.id] = None
        if len(self._closed) > MOST_CLOSED:
            oldest, _ = self._closed.popitem(last=False)
            del self.holds[oldest]
        self._forget_ends()

    def lapsed(self, now: float) -> Iterable[Held]:
        """Open holds whose time has passed."""
        while self._ends and self._ends[0][0] <= now:
            _, name = heappop(self._ends)
            held = self.holds.get(name)
            if held is not None and held.stage is Stage.OPEN:
                yield held

    def _forget_ends(self) -> None:
        """Now and then those of holds that are closed: most are, long before they would have ended."""
        still_open = len(self.holds) - len(self._closed)
        if len(self._ends) > 2 * still_open + SLACK:
            self._ends = [end for end in self._ends if self._is_open(end[1])]
            heapify(self._ends)

    def _is_open(self, name: str) -> bool:
        held = self.holds.get(name)
        return held is not None and held.stage is Stage.OPEN

    def add_line(self, line: Line, now: float) -> None:
        """Add to the ledger; what the oldest comes to is carried forward when it goes."""
        self._last += 1
        self.lines.append(
            Entry(
                str(self._last),
                now,
                line.account,
                line.kind,
                line.amount,
                line.ref,
                line.note,
                line.shortfall,
            )
        )
        if line.kind == "grant":
            self._grants.add((line.account, line.ref))
        if len(self.lines) > MOST_LINES:
            gone = self.lines.popleft()
            self.carried[gone.account, gone.kind] += gone.amount

    def granted(self, account: str, ref: str) -> bool:
        """Whether there is a grant of this ref on this account."""
        return (account, ref) in self._grants

    def add_row(self, row: CallRow) -> bool:
        """Keep what became of a call, of the latest so many."""
        if row.id in self._rows:
            return False
        self._rows[row.id] = _ROW.pack(row)
        if len(self._rows) > MOST_ROWS:
            self._rows.popitem(last=False)
        return True

    def row(self, name: str) -> CallRow | None:
        """What is kept of the call of this id."""
        packed = self._rows.get(name)
        return None if packed is None else _ROW.unpack(packed)

    def briefs(self) -> Iterator[tuple[str, CallRow | Brief]]:
        """The ids of all rows that are kept and what they come to, the first that was told first."""
        return zip(self._rows, map(_BRIEF.of, self._rows.values()), strict=True)


class MemoryStore:
    """All verbs over dicts; each runs to its end without a break, so each is atomic."""

    name = "memory"

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._books = MemoryBooks()
        self._notes = Expiring(MOST_NOTES, MOST_NOTE_BYTES)
        self._claims = Expiring(MOST_NOTES, MOST_CLAIM_BYTES)
        """Apart from the rest: they end soonest, and would be the first to go where notes are many."""
        self._tables: dict[Table, dict[str, tuple[int, Document]]] = {each: {} for each in Table}
        self._marks: dict[tuple[Table, str], str] = {}
        self._last = 0

    async def open(self) -> None:
        """There is nothing to make ready."""

    async def close(self) -> None:
        """There is nothing to write."""

    async def insert(self, table: Table, document: Document) -> bool:
        """Keep a new one; False where its id or its mark is taken."""
        kept = self._tables[table]
        if document.id in kept or (table, document.mark) in self._marks:
            return False
        self._last += 1
        kept[document.id] = (self._last, replace(document, version=1))
        self._mark(table, document)
        return True

    async def get(self, table: Table, id: str) -> Document | None:  # noqa: A002
        """By its id."""
        _, document = self._tables[table].get(id, (0, None))
        return document

    async def marked(self, table: Table, mark: str) -> Document | None:
        """By its mark."""
        return await self.get(table, self._marks.get((table, mark), ""))

    async def replace(self, table: Table, document: Document) -> bool:
        """Keep a changed one; False where it changed since, or its new mark is taken."""
        place, before = self._tables[table].get(document.id, (0, None))
        if before is None or before.version != document.version:
            return False
        if self._marks.get((table, document.mark), document.id) != document.id:
            return False
        self._marks.pop((table, before.mark), None)
        changed = replace(document, version=document.version + 1)
        self._tables[table][document.id] = (place, changed)
        self._mark(table, document)
        return True

    async def delete(self, table: Table, id: str) -> bool:  # noqa: A002
        """Whether it was there."""
        _, document = self._tables[table].pop(id, (0, None))
        if document is None:
            return False
        self._marks.pop((table, document.mark), None)
        return True

    async def page(
        self, table: Table, *, owner: str = "", cursor: str = "", limit: int = 100
    ) -> Page:
        """Some of them, oldest first."""
        after = _number(cursor)
        found = [
            (place, document)
            for place, document in self._tables[table].values()
            if place > after and owner in ("", document.owner)
        ]
        some = found[:limit]
        following = str(some[-1][0]) if len(found) > limit else ""
        return Page(tuple(document for _, document in some), following)

    async def admit(self, ask: Ask) -> Granted | Limited | Short:
        """Take every want and hold, or nothing."""
        return self.admit_at_once(ask)

    def admit_at_once(self, ask: Ask) -> Granted | Limited | Short:
        """The same, without a wait."""
        return rules.admit(self._books, ask, self._clock.wall())

    async def conclude(self, ends: Sequence[Conclusion]) -> list[Settled]:
        """Settle, correct and record."""
        return rules.conclude(self._books, ends, self._clock.wall())

    async def settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        """Settle holds."""
        return rules.settle(self._books, settlements, self._clock.wall())

    async def grant(self, account: str, amount: int, ref: str, note: str = "") -> Balance | None:
        """Add to what an account may spend."""
        return rules.grant(self._books, account, amount, ref, note, self._clock.wall())

    async def balance(self, account: str) -> Balance:
        """An account."""
        return self._books.balance(account)

    async def sweep(self) -> int:
        """Release what nobody settled in time."""
        return rules.sweep(self._books, self._clock.wall())

    async def entries(
        self, *, account: str = "", cursor: str = "", limit: int = 100
    ) -> list[Entry]:
        """Lines of the ledger, oldest first."""
        after = _number(cursor)
        found = (
            line
            for line in self._books.lines
            if int(line.id) > after and account in ("", line.account)
        )
        return [line for line, _ in zip(found, range(limit), strict=False)]

    async def sums(self, by: By, finding: Finding) -> list[Sum]:
        """Usage in groups, of the rows that are still here."""
        return tally((brief for _, brief in self._books.briefs() if meant(brief, finding)), by)

    async def rows(self, finding: Finding, *, cursor: str = "", limit: int = 1000) -> list[CallRow]:
        """Calls, oldest first."""
        after = (0.0, "")
        if cursor:
            last = self._books.row(cursor)
            if last is None:
                return []
            after = (last.at, cursor)
        found = sorted(
            place
            for name, brief in self._books.briefs()
            if (place := (brief.at, name)) > after and meant(brief, finding)
        )
        some = (self._books.row(name) for _, name in found[:limit])
        return [row for row in some if row is not None]

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for so long."""
        now = self._clock.wall()
        if seconds <= LEASE and self._claims.get(key, now) is not None:
            self._claims.put(key, value, now + seconds, now)
            return
        self._claims.drop(key)
        self._notes.put(key, value, now + seconds, now)

    async def claim(self, key: str, value: bytes, seconds: float) -> bytes | None:
        """Keep unless there is one already."""
        there = await self.note(key)
        if there is None:
            now = self._clock.wall()
            self._notes.drop(key)
            self._claims.put(key, value, now + seconds, now)
        return there

    async def note(self, key: str) -> bytes | None:
        """What is there and has not ended."""
        now = self._clock.wall()
        claimed = self._claims.get(key, now)
        return self._notes.get(key, now) if claimed is None else claimed

    async def drop(self, key: str) -> bool:
        """Whether it was there."""
        there = await self.note(key) is not None
        self._claims.drop(key)
        self._notes.drop(key)
        return there

    async def board(self, topic: str) -> Mapping[str, bytes]:
        """Every note of a topic."""
        prefix, now = f"{topic}:", self._clock.wall()
        return dict(chain(self._notes.under(prefix, now), self._claims.under(prefix, now)))

    async def check(self) -> list[str]:
        """Accounts whose lines do not add up to their balance."""
        told = Counter(self._books.carried)
        for line in self._books.lines:
            told[line.account, line.kind] += line.amount
        return [
            f"{account}: {wrong}"
            for account, balance in sorted(self._books.balances.items())
            if (wrong := rules.difference(balance, told))
        ]

    def _mark(self, table: Table, document: Document) -> None:
        if document.mark:
            self._marks[table, document.mark] = document.id


def _number(cursor: str) -> float:
    """A place in a list; behind everything for what is no cursor of ours."""
    if not cursor:
        return 0
    return int(cursor) if cursor.isdecimal() else float("inf")
