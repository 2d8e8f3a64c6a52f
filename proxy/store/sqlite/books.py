"""The ledger's books in tables: what `rules` read and write, inside the transaction that the writer has open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from proxy.store.gcra import Bucket
from proxy.store.plain import plain
from proxy.store.records import Balance, CallRow, Entry
from proxy.store.rules import Held, Line, Stage
from proxy.store.sqlite import calls

HOUR: Final = 3_600_000_000
"""In microseconds."""
SWEPT_AT_ONCE: Final = 500
"""Holds that one transaction releases, so that calls need not wait for a long sweep."""


class SqliteBooks:
    """`rules.Books` over a connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # One cursor for all: what it found is fetched before it is asked again.
        self._execute = connection.cursor().execute

    def bucket(self, limit: str) -> Bucket | None:
        """What a limit owed when it was last touched."""
        found = self._execute("SELECT debt, at FROM limits WHERE name = ?", (limit,)).fetchone()
        return None if found is None else Bucket(found[0], found[1])

    def put_bucket(self, limit: str, bucket: Bucket, per_minute: int) -> None:
        """Keep it until it is owed off."""
        ends = bucket.at + bucket.debt // per_minute + 1
        self._execute(
            "INSERT INTO limits (name, debt, at, ends) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET debt = excluded.debt, at = excluded.at, ends = excluded.ends",
            (limit, bucket.debt, bucket.at, ends),
        )

    def balance(self, account: str) -> Balance:
        """An account; all 0 where there is none."""
        found = self._execute(
            "SELECT granted, held, spent FROM accounts WHERE name = ?", (account,)
        ).fetchone()
        return Balance(account) if found is None else Balance(account, *found)

    def put_balance(self, balance: Balance) -> None:
        """Keep it."""
        self._execute(
            "INSERT INTO accounts (name, granted, held, spent) VALUES (?, ?, ?, ?) ON CONFLICT (name) "
            "DO UPDATE SET granted = excluded.granted, held = excluded.held, spent = excluded.spent",
            (balance.account, balance.granted, balance.held, balance.spent),
        )

    def hold(self, id: str) -> Held | None:  # noqa: A002 (the field's own name)
        """A hold in any stage."""
        found = self._execute(
            "SELECT id, account, amount, ceiling, ends, stage, taken, shortfall FROM holds WHERE id = ?",
            (id,),
        ).fetchone()
        return None if found is None else _held(found)

    def put_hold(self, held: Held) -> None:
        """Keep it."""
        self._execute(
            "INSERT INTO holds (id, account, amount, ceiling, ends, stage, taken, shortfall) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) "
            "DO UPDATE SET stage = excluded.stage, taken = excluded.taken, shortfall = excluded.shortfall",
            (
                held.id,
                held.account,
                held.amount,
                held.ceiling,
                held.ends,
                held.stage,
                held.taken,
                held.shortfall,
            ),
        )

    def lapsed(self, now: float) -> Iterable[Held]:
        """Open holds whose time has passed, the longest passed first; not more than one transaction should release."""
        found = self._execute(
            "SELECT id, account, amount, ceiling, ends, stage, taken, shortfall FROM holds "
            "WHERE stage = 0 AND ends <= ? ORDER BY ends LIMIT ?",
            (now, SWEPT_AT_ONCE),
        ).fetchall()
        return map(_held, found)

    def add_line(self, line: Line, now: float) -> None:
        """Add to the ledger."""
        self._execute(
            "INSERT INTO ledger (at, account, kind, amount, ref, note, shortfall) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (now, line.account, line.kind, line.amount, line.ref, plain(line.note), line.shortfall),
        )

    def granted(self, account: str, ref: str) -> bool:
        """Whether there is a grant of this ref on this account."""
        found = self._execute(
            "SELECT 1 FROM ledger WHERE account = ? AND ref = ? AND kind = 'grant'", (account, ref)
        ).fetchone()
        return found is not None

    def add_row(self, row: CallRow) -> bool:
        """Keep what became of a call; False where it is there already."""
        return calls.add(self._execute, row)


def entries(connection: sqlite3.Connection, account: str, after: int, limit: int) -> list[Entry]:
    """Lines of the ledger, of one account where it is given, oldest first."""
    if account:
        found = connection.execute(
            "SELECT id, at, account, kind, amount, ref, note, shortfall FROM ledger "
            "WHERE account = ? AND id > ? ORDER BY id LIMIT ?",
            (account, after, limit),
        )
    else:
        found = connection.execute(
            "SELECT id, at, account, kind, amount, ref, note, shortfall FROM ledger "
            "WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        )
    return [Entry(str(line[0]), *line[1:]) for line in found]


def sweep_limits(connection: sqlite3.Connection, now: int) -> None:
    """Forget the limits that have owed nothing for an hour; `now` in microseconds.

    The hour is for clocks that are set back: what a limit owed then is still known.
    """
    connection.execute("DELETE FROM limits WHERE ends < ?", (now - HOUR,))


def _held(found: tuple[str, str, int, int | None, float, int, int, int]) -> Held:
    return Held(*found[:5], Stage(found[5]), *found[6:])
