"""What a store is: a handful of verbs, each atomic, each safe to say twice.

Whoever implements them passes one class of contract tests. Three do: memory (one process, gone when it ends), SQLite
(several processes on one machine) and Redis (several machines). Every verb but `close` may raise `StoreError`: the store
could not be reached in time; what was asked may then have happened or not, and saying it again is safe.

Invariant: for every account `held >= 0`, `spent >= 0`, and `held + spent` never exceeds what was granted (or the ceiling
of the hold that was asked for); the sum of the ledger's lines of an account equals its balance at every moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from proxy.store.records import (
    Ask,
    Balance,
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


class StoreError(Exception):
    """The store did not answer, or not in time. The message names the store and what to look at, and no credential."""


class Documents(Protocol):
    """What operators and jobs make."""

    async def insert(self, table: Table, document: Document) -> bool:
        """Keep a new one; False where its id or its mark is taken."""
        ...

    async def get(self, table: Table, id: str) -> Document | None:  # noqa: A002 (the field's own name)
        """By its id."""
        ...

    async def marked(self, table: Table, mark: str) -> Document | None:
        """By its mark."""
        ...

    async def replace(self, table: Table, document: Document) -> bool:
        """Keep a changed one as the next version, in its place in the list.

        False where somebody else changed or deleted it since this version was read, or its new mark is taken.
        """
        ...

    async def delete(self, table: Table, id: str) -> bool:  # noqa: A002
        """Whether it was there."""
        ...

    async def page(
        self, table: Table, *, owner: str = "", cursor: str = "", limit: int = 100
    ) -> Page:
        """Some of them, oldest first; of one owner where that is given. What is no cursor of ours finds nothing."""
        ...


class Ledger(Protocol):
    """Limits, credits and what became of calls."""

    async def admit(self, ask: Ask) -> Granted | Limited | Short:
        """Take every want and hold, or nothing. One round trip.

        Limits are looked at before accounts. An ask all of whose holds are known is a repetition and takes nothing
        again; one without holds takes its wants each time it is said.
        """
        ...

    async def conclude(self, ends: Sequence[Conclusion]) -> list[Settled]:
        """Settle, correct and record; each settlement and row once, however often it is told. One round trip."""
        ...

    async def settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        """Settle holds, all in one step; an unknown hold takes nothing."""
        ...

    async def grant(self, account: str, amount: int, ref: str, note: str = "") -> Balance | None:
        """Add to what an account may spend (below 0: take away, never below what is held and spent: then None).

        The same `ref` on the same account again changes nothing and answers with the balance.
        """
        ...

    async def balance(self, account: str) -> Balance:
        """An account that nobody granted anything is all 0."""
        ...

    async def sweep(self) -> int:
        """Release holds whose time has passed, by the store's clock; how many. Call it again while it is not 0.

        It also forgets what may be forgotten, notes that ended among it.
        """
        ...

    async def entries(
        self, *, account: str = "", cursor: str = "", limit: int = 100
    ) -> list[Entry]:
        """Lines of the ledger, oldest first, after the one whose id is `cursor`."""
        ...

    async def sums(self, by: By, finding: Finding) -> list[Sum]:
        """Usage in groups, the largest cost first, equals by name."""
        ...

    async def rows(self, finding: Finding, *, cursor: str = "", limit: int = 1000) -> list[CallRow]:
        """Calls by the time they came (at the same time, by id), after the one whose id is `cursor`."""
        ...


@runtime_checkable
class Instant(Protocol):
    """A store whose books are at hand: to ask it takes no wait."""

    def admit_at_once(self, ask: Ask) -> Granted | Limited | Short:
        """As `Ledger.admit`."""
        ...


class Notes(Protocol):
    """Values that end by themselves: cached answers, idempotent results, conversation state, what replicas tell."""

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for so long, in place of what was there."""
        ...

    async def claim(self, key: str, value: bytes, seconds: float) -> bytes | None:
        """Keep unless there is one already: None where it was kept, else what is there."""
        ...

    async def note(self, key: str) -> bytes | None:
        """What is there and has not ended."""
        ...

    async def drop(self, key: str) -> bool:
        """Whether it was there."""
        ...

    async def board(self, topic: str) -> Mapping[str, bytes]:
        """Every note whose key begins with `topic:`, by the rest of its key. For topics of at most some hundred.

        A topic has no colon; the rest of a key may.
        """
        ...


class Store(Documents, Ledger, Notes, Protocol):
    """All of it."""

    @property
    def name(self) -> str:
        """`memory`, `sqlite` or `redis`."""
        ...

    async def open(self) -> None:
        """Make ready: connect, and bring the schema to this version.

        Raises:
            StoreError: it cannot be reached, or belongs to a newer version.
        """
        ...

    async def check(self) -> list[str]:
        """What is wrong with it, as sentences: sums that do not add up, a schema of another version; empty if nothing is."""
        ...

    async def close(self) -> None:
        """Write what waits, and let go. Never raises."""
        ...
