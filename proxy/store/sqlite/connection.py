"""Opens the file: write-ahead log, some patience with other processes, nobody else may read it.

Source: https://sqlite.org/wal.html and https://sqlite.org/pragma.html#pragma_synchronous (read 2026-11-21).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Final

BUSY: Final = 2.0
"""Seconds at least to wait for another process's transaction."""

_MOST_LOG: Final = "PRAGMA journal_size_limit = 67108864"


def connect(path: str, busy: float = BUSY) -> sqlite3.Connection:
    """A connection for writing; the file is made where there is none, readable by its owner only.

    Args:
        path: Of the file.
        busy: Seconds to wait for another process's transaction.

    Raises:
        OSError, sqlite3.Error: it cannot be made or opened.
    """
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        # Only a new one: to close a file gives up the locks that this process's other connections have on it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = _open(path, busy)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(_MOST_LOG)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def connect_to_read(path: str, busy: float = BUSY) -> sqlite3.Connection:
    """A connection that changes nothing.

    Args:
        path: Of the file.
        busy: As `connect`.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = _open(path, busy)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _open(path: str, busy: float) -> sqlite3.Connection:
    # Made on the loop's thread, used by the thread of its lane alone.
    return sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
