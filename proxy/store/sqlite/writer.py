"""The one thread of a process that writes: what waits while a transaction is written shares the next one.

A transaction that holds a durable step is on disk when its steps are answered (`synchronous = FULL`). One that only moves
limits or notes is not waited for: a power cut may take the last of them back, a killed process does not.

A file that was deleted, or another put in its place, could be written to as long as it is open, and all of it would be lost
with the process: so nothing is written to what has no name any more.

Invariant: a step that fails takes no other step's work with it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from proxy.store.sqlite.lane import PATIENCE, Lane, Step
from proxy.store.sqlite.turn import Turn

T = TypeVar("T")

MOVED: Final = "the file was deleted or replaced while it was in use; put it back, or restart"


class Writer:
    """Transactions on a connection of its own.

    Args:
        path: Of the file, for messages and for whose turn it is to write.
        connection: To be closed here.
        patience: Seconds that a caller waits for a step.
    """

    def __init__(
        self, path: str, connection: sqlite3.Connection, patience: float = PATIENCE
    ) -> None:
        self._connection = connection
        self._path = Path(path)
        self._file = self._path.stat()
        self._turn = Turn(path)
        self._full = True
        """What `synchronous` is set to."""
        self._lane = Lane("firstbyte-store-writer", path, self._together, self._end, patience)

    async def do(self, run: Callable[[sqlite3.Connection], T], *, durable: bool) -> T:
        """Run it in a transaction.

        Raises:
            StoreError: nothing of it is known to have happened.
        """
        return await self._lane.do(run, durable=durable)

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        await self._lane.close()

    def _together(self, steps: Sequence[Step]) -> None:
        """Do all of them, leaving out who fails: the others are done again without it."""
        waiting = list(steps)
        while waiting:
            with self._turn:
                failed = self._transact(waiting)
            if failed is None:
                return
            waiting.remove(failed)

    def _transact(self, steps: Sequence[Step]) -> Step | None:
        """One transaction; the step whose own failure undid it."""
        try:
            self._look()
            self._synchronise(any(step.durable for step in steps))
            self._connection.execute("BEGIN IMMEDIATE")
            failed = self._run(steps)
            self._connection.execute("COMMIT" if failed is None else "ROLLBACK")
        except sqlite3.Error as error:
            # The file itself: locked, full or gone. Asking again for each step would only take longer.
            self._undo()
            for step in steps:
                step.error = error
            return None
        return failed

    def _run(self, steps: Sequence[Step]) -> Step | None:
        for step in steps:
            try:
                step.result = step.run(self._connection)
            except Exception as error:  # noqa: BLE001 (handed to whoever asked)
                step.error = error
                return step
        return None

    def _end(self) -> None:
        self._connection.close()
        self._turn.close()

    def _undo(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _look(self) -> None:
        """See whether the file is still the one that was opened."""
        try:
            is_ours = os.path.samestat(self._path.stat(), self._file)
        except FileNotFoundError:
            is_ours = False
        except OSError as error:
            # A folder that became something else, or lets nobody in: the thread must outlive it.
            reason = f"the file cannot be reached: {(error.strerror or str(error)).lower()}"
            raise sqlite3.OperationalError(reason) from None
        if not is_ours:
            raise sqlite3.OperationalError(MOVED)

    def _synchronise(self, full: bool) -> None:  # noqa: FBT001 (there are two settings)
        if full != self._full:
            self._connection.execute(
                "PRAGMA synchronous = FULL" if full else "PRAGMA synchronous = NORMAL"
            )
            self._full = full
