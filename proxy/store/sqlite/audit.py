"""Looks a file over: its own consistency, and whether every account's lines add up to its balance."""

from __future__ import annotations

import sqlite3
from collections import Counter

from proxy.store.records import Balance
from proxy.store.rules import difference
from proxy.store.sqlite.schema import VERSION


def wrong(connection: sqlite3.Connection) -> list[str]:
    """What is wrong, as sentences; empty if nothing is."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        return [f"its schema is version {version}, and this Firstbyte knows {VERSION}"]
    broken = [each[0] for each in connection.execute("PRAGMA quick_check(10)") if each[0] != "ok"]
    return broken + _sums(connection) + _holds(connection)


def _sums(connection: sqlite3.Connection) -> list[str]:
    told: Counter[tuple[str, str]] = Counter()
    for account, kind, amount in connection.execute(
        "SELECT account, kind, sum(amount) FROM ledger GROUP BY account, kind"
    ):
        told[account, kind] = amount
    balances = {
        each[0]: Balance(*each)
        for each in connection.execute("SELECT name, granted, held, spent FROM accounts")
    }
    return [
        f"{account}: {sentence}"
        for account in sorted(balances.keys() | {account for account, _ in told})
        if (sentence := difference(balances.get(account) or Balance(account), told))
    ]


def _holds(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute(
        "SELECT name, held, (SELECT total(amount) FROM holds WHERE account = name AND stage = 0) AS open "
        "FROM accounts WHERE held <> open ORDER BY name"
    )
    return [
        f"{name}: {held} is held, and its open holds come to {int(of)}" for name, held, of in found
    ]
