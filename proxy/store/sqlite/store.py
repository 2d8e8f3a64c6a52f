"""The store in a file: for one machine, for as many processes as run on it.

Reading never waits for writing, and what a call waits for never waits for what an operator adds up: a thread writes, one
reads single things, one reads much.

Never on a network file system: its locks do not hold what SQLite needs of them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from proxy.core.clock import Clock, SystemClock
from proxy.store import rules
from proxy.store.patience import PATIENCE
from proxy.store.plain import plain
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
from proxy.store.sqlite import audit, books, calls, connection, documents, lane, notes, schema
from proxy.store.sqlite.books import SqliteBooks
from proxy.store.sqlite.reader import Reader
from proxy.store.sqlite.writer import Writer
from proxy.store.store import StoreError

T = TypeVar("T")


class SqliteStore:
    """All verbs over one file.

    Args:
        path: Of the file.
        clock: Time.
        patience: Seconds that a call waits for it.
    """

    name = "sqlite"

    def __init__(self, path: str, clock: Clock | None = None, patience: float = PATIENCE) -> None:
        self._path = path
        self._busy = max(connection.BUSY, patience)
        self._patience = max(lane.PATIENCE, patience)
        self._clock = clock or SystemClock()
        self._lanes: tuple[Writer, Reader, Reader] | None = None

    async def open(self) -> None:
        """Open the file, making it where there is none, and bring it to this version.

        Raises:
            StoreError: it cannot be opened, is another program's, or belongs to a newer version.
        """
        if self._lanes is not None:
            return
        try:
            self._lanes = await asyncio.to_thread(self._open)
        except (OSError, sqlite3.Error, schema.ForeignFile) as error:
            # Without the system's number and the path, which stands there already.
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise StoreError(f"the store {self._path} cannot be opened: {reason}") from error

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        lanes, self._lanes = self._lanes, None
        for each in lanes or ():
            await each.close()

    async def check(self) -> list[str]:
        """What is wrong with the file."""
        return await self._survey(audit.wrong)

    async def insert(self, table: Table, document: Document) -> bool:
        """Keep a new one; False where its id or its mark is taken."""
        return await self._write(lambda to: documents.insert(to, table, document), durable=True)

    async def get(self, table: Table, id: str) -> Document | None:  # noqa: A002 (the field's own name)
        """By its id."""
        return await self._read(lambda of: documents.get(of, table, id))

    async def marked(self, table: Table, mark: str) -> Document | None:
        """By its mark."""
        return await self._read(lambda of: documents.marked(of, table, mark))

    async def replace(self, table: Table, document: Document) -> bool:
        """Keep a changed one; False where it changed since, or its new mark is taken."""
        return await self._write(lambda to: documents.replace(to, table, document), durable=True)

    async def delete(self, table: Table, id: str) -> bool:  # noqa: A002
        """Whether it was there."""
        return await self._write(lambda to: documents.delete(to, table, id), durable=True)

    async def page(
        self, table: Table, *, owner: str = "", cursor: str = "", limit: int = 100
    ) -> Page:
        """Some of them, oldest first."""
        after = _number(cursor)
        return await self._read(lambda of: documents.page(of, table, owner, after, limit))

    async def admit(self, ask: Ask) -> Granted | Limited | Short:
        """Take every want and hold, or nothing; on disk before the call begins where an account is touched."""
        return await self._write(
            lambda to: rules.admit(SqliteBooks(to), ask, self._clock.wall()),
            durable=bool(ask.holds),
        )

    async def conclude(self, ends: Sequence[Conclusion]) -> list[Settled]:
        """Settle, correct and record."""
        return await self._write(
            lambda to: rules.conclude(SqliteBooks(to), ends, self._clock.wall()), durable=True
        )

    async def settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        """Settle holds."""
        return await self._write(
            lambda to: rules.settle(SqliteBooks(to), settlements, self._clock.wall()), durable=True
        )

    async def grant(self, account: str, amount: int, ref: str, note: str = "") -> Balance | None:
        """Add to what an account may spend."""
        return await self._write(
            lambda to: rules.grant(
                SqliteBooks(to), plain(account), amount, plain(ref), note, self._clock.wall()
            ),
            durable=True,
        )

    async def balance(self, account: str) -> Balance:
        """An account."""
        return await self._read(lambda of: SqliteBooks(of).balance(plain(account)))

    async def sweep(self) -> int:
        """Release what nobody settled in time, and forget what has ended."""
        released = await self._write(self._sweep, durable=True)
        # In steps, so that calls come between them: a busy cache leaves thousands of notes from one sweep to the next.
        while await self._write(self._sweep_notes, durable=False):
            pass
        return released

    async def entries(
        self, *, account: str = "", cursor: str = "", limit: int = 100
    ) -> list[Entry]:
        """Lines of the ledger, oldest first."""
        after = _number(cursor)
        return await self._survey(lambda of: books.entries(of, plain(account), after, limit))

    async def sums(self, by: By, finding: Finding) -> list[Sum]:
        """Usage in groups, the largest cost first."""
        return await self._survey(lambda of: calls.sums(of, by, finding))

    async def rows(self, finding: Finding, *, cursor: str = "", limit: int = 1000) -> list[CallRow]:
        """Calls, oldest first."""
        read = self._read if finding.job else self._survey
        return await read(lambda of: calls.rows(of, finding, cursor, limit))

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for so long."""
        await self._write(
            lambda to: notes.put(to, plain(key), value, self._clock.wall() + seconds), durable=False
        )

    async def claim(self, key: str, value: bytes, seconds: float) -> bytes | None:
        """Keep unless there is one already."""

        def step(to: sqlite3.Connection) -> bytes | None:
            now = self._clock.wall()
            return notes.claim(to, plain(key), value, now, now + seconds)

        return await self._write(step, durable=False)

    async def note(self, key: str) -> bytes | None:
        """What is there and has not ended."""
        return await self._read(lambda of: notes.note(of, plain(key), self._clock.wall()))

    async def drop(self, key: str) -> bool:
        """Whether it was there."""
        return await self._write(
            lambda to: notes.drop(to, plain(key), self._clock.wall()), durable=False
        )

    async def board(self, topic: str) -> Mapping[str, bytes]:
        """Every note of a topic."""
        return await self._read(lambda of: notes.board(of, plain(topic), self._clock.wall()))

    def _open(self) -> tuple[Writer, Reader, Reader]:
        writing = connection.connect(self._path, self._busy)
        try:
            schema.migrate(writing)
            reading = connection.connect_to_read(self._path, self._busy)
            surveying = connection.connect_to_read(self._path, self._busy)
        except BaseException:
            writing.close()
            raise
        return (
            Writer(self._path, writing, self._patience),
            Reader(self._path, reading, self._patience),
            Reader(self._path, surveying, self._patience),
        )

    def _sweep(self, to: sqlite3.Connection) -> int:
        now = self._clock.wall()
        books.sweep_limits(to, int(now * 1e6))
        return rules.sweep(SqliteBooks(to), now)

    def _sweep_notes(self, to: sqlite3.Connection) -> bool:
        return notes.sweep(to, self._clock.wall())

    async def _write(self, run: Callable[[sqlite3.Connection], T], *, durable: bool) -> T:
        return await self._ready()[0].do(run, durable=durable)

    async def _read(self, run: Callable[[sqlite3.Connection], T]) -> T:
        return await self._ready()[1].do(run)

    async def _survey(self, run: Callable[[sqlite3.Connection], T]) -> T:
        return await self._ready()[2].do(run)

    def _ready(self) -> tuple[Writer, Reader, Reader]:
        if self._lanes is None:
            raise StoreError(f"the store {self._path} is not open")
        return self._lanes


def _number(cursor: str) -> int:
    """A place in a list; behind everything for what is no cursor of ours."""
    if not cursor:
        return 0
    return int(cursor) if cursor.isdecimal() and len(cursor) < 19 else 2**63 - 1
