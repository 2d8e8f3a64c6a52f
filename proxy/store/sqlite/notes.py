"""Notes in their table; those that ended are not seen, and the sweeper deletes them."""

from __future__ import annotations

import sqlite3
from typing import Final

SWEPT_AT_ONCE: Final = 500


def put(connection: sqlite3.Connection, key: str, value: bytes, ends: float) -> None:
    """Keep until `ends`, in place of what was there."""
    connection.execute(
        "INSERT INTO notes (key, value, ends) VALUES (?, ?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends = excluded.ends",
        (key, value, ends),
    )


def claim(
    connection: sqlite3.Connection, key: str, value: bytes, now: float, ends: float
) -> bytes | None:
    """Keep unless there is one already: None where it was kept, else what is there."""
    there = note(connection, key, now)
    if there is None:
        put(connection, key, value, ends)
    return there


def note(connection: sqlite3.Connection, key: str, now: float) -> bytes | None:
    """What is there and has not ended."""
    found = connection.execute(
        "SELECT value FROM notes WHERE key = ? AND ends > ?", (key, now)
    ).fetchone()
    return None if found is None else bytes(found[0])


def drop(connection: sqlite3.Connection, key: str, now: float) -> bool:
    """Whether it was there."""
    there = note(connection, key, now) is not None
    connection.execute("DELETE FROM notes WHERE key = ?", (key,))
    return there


def board(connection: sqlite3.Connection, topic: str, now: float) -> dict[str, bytes]:
    """Every note of a topic, by the rest of its key."""
    found = connection.execute(
        # `;` follows `:`, so this is every key that begins with the topic and a colon.
        "SELECT key, value FROM notes WHERE key >= ? || ':' AND key < ? || ';' AND ends > ?",
        (topic, topic, now),
    )
    return {key[len(topic) + 1 :]: value for key, value in found}


def sweep(connection: sqlite3.Connection, now: float) -> bool:
    """Delete some of those that ended; whether there may be more of them."""
    deleted = connection.execute(
        "DELETE FROM notes WHERE rowid IN (SELECT rowid FROM notes WHERE ends <= ? LIMIT ?)",
        (now, SWEPT_AT_ONCE),
    )
    return deleted.rowcount == SWEPT_AT_ONCE
