"""Whose turn it is to write, among the processes that share a file.

SQLite lets a process that finds the file locked sleep for up to a tenth of a second before it looks again, and meanwhile
one that always has more to write takes the lock time and again. Here the kernel wakes who waits, and whoever has just
written stands in line behind them: there is a place to write and one place to wait next, and nobody takes both at once.

Locks go with their process, however it ends. What is locked are files of their own, next to the database: closing a
file gives up every lock that SQLite has on it, so nothing else may open that.

Source: https://sqlite.org/howtocorrupt.html section 2.2 and flock(2) (read 2026-11-21).
"""

from __future__ import annotations

import fcntl
import os


class Turn:
    """A lock that is handed on; used by one thread."""

    def __init__(self, path: str) -> None:
        self._writing = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._next = os.open(f"{path}-next", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def __enter__(self) -> None:
        fcntl.flock(self._next, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._writing, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._next, fcntl.LOCK_UN)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._writing, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go."""
        os.close(self._writing)
        os.close(self._next)
