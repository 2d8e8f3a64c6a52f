"""The tables of the file, and the steps that bring an older file to them.

Invariant: a step that was released is never changed; a new version is a new step at the end.
Source: https://sqlite.org/stricttables.html and https://sqlite.org/pragma.html (read 2026-11-21).
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION: Final = 0x46627374
"""`Fbst` in the file's header: that it is ours."""

_FIRST: Final = (
    """
    CREATE TABLE documents (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      owner TEXT NOT NULL,
      mark TEXT,
      version INTEGER NOT NULL,
      data TEXT NOT NULL,
      UNIQUE (kind, id),
      UNIQUE (kind, mark)
    ) STRICT
    """,
    "CREATE INDEX documents_in_order ON documents (kind)",
    "CREATE INDEX documents_of_owner ON documents (kind, owner)",
    """
    CREATE TABLE limits (
      name TEXT PRIMARY KEY,
      debt INTEGER NOT NULL,
      at INTEGER NOT NULL,
      ends INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE accounts (
      name TEXT PRIMARY KEY,
      granted INTEGER NOT NULL,
      held INTEGER NOT NULL CHECK (held >= 0),
      spent INTEGER NOT NULL CHECK (spent >= 0)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE holds (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      amount INTEGER NOT NULL CHECK (amount >= 0),
      ceiling INTEGER,
      ends REAL NOT NULL,
      stage INTEGER NOT NULL,
      taken INTEGER NOT NULL,
      shortfall INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX holds_open ON holds (ends) WHERE stage = 0",
    """
    CREATE TABLE ledger (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      at REAL NOT NULL,
      account TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('grant', 'hold', 'settle', 'release')),
      amount INTEGER NOT NULL CHECK (amount >= 0 OR kind = 'grant'),
      ref TEXT NOT NULL,
      note TEXT NOT NULL,
      shortfall INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX ledger_of_account ON ledger (account)",
    "CREATE UNIQUE INDEX ledger_grants ON ledger (account, ref) WHERE kind = 'grant'",
    """
    CREATE TRIGGER ledger_keeps_lines BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'lines of the ledger are only ever added'); END
    """,
    """
    CREATE TRIGGER ledger_changes_no_line BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'lines of the ledger are only ever added'); END
    """,
    """
    CREATE TABLE calls (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      at REAL NOT NULL,
      surface TEXT NOT NULL,
      alias TEXT NOT NULL,
      asked TEXT NOT NULL,
      target TEXT NOT NULL,
      outcome TEXT NOT NULL,
      status INTEGER NOT NULL,
      stream INTEGER NOT NULL,
      organization TEXT NOT NULL,
      team TEXT NOT NULL,
      key TEXT NOT NULL,
      job TEXT NOT NULL,
      prompt_tokens INTEGER NOT NULL,
      completion_tokens INTEGER NOT NULL,
      cached_tokens INTEGER NOT NULL,
      reasoning_tokens INTEGER NOT NULL,
      cost_micros INTEGER NOT NULL,
      priced INTEGER NOT NULL,
      ttft_ms REAL NOT NULL,
      duration_ms REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX calls_in_order ON calls (at)",
    "CREATE INDEX calls_of_team ON calls (team, at)",
    "CREATE INDEX calls_of_job ON calls (job) WHERE job <> ''",
    # By itself, so that adding up usage does not read past bodies.
    "CREATE TABLE call_details (call INTEGER PRIMARY KEY, detail TEXT NOT NULL) STRICT",
    """
    CREATE TABLE notes (
      key TEXT NOT NULL UNIQUE,
      value BLOB NOT NULL,
      ends REAL NOT NULL
    ) STRICT
    """,
    "CREATE INDEX notes_ending ON notes (ends)",
    "PRAGMA application_id = 0x46627374",
    "PRAGMA user_version = 1",
)

STEPS: Final = (_FIRST,)
"""Each brings a file of the version before to its own; the first makes an empty file ours."""

VERSION: Final = len(STEPS)


class ForeignFile(Exception):  # noqa: N818 (no failure of ours: a fact about a file)
    """Somebody else's database, or one of a newer Firstbyte; the message says which."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version, in one transaction; nothing happens where it is there.

    Raises:
        ForeignFile: it is not ours to change.
        sqlite3.Error: it cannot be read or written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in STEPS[_version(connection) :]:
            for statement in step:
                connection.execute(statement)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION and _has_tables(connection):
        raise ForeignFile("it is a database of another program")
    if version > VERSION:
        raise ForeignFile(
            f"its schema is version {version}, and this Firstbyte knows {VERSION}: use the newer Firstbyte"
        )
    return version


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_schema)").fetchone()[0])
