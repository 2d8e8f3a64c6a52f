"""A thread that only reads, each step in one snapshot, so that nothing that is added up is read half before a change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from proxy.store.sqlite.lane import PATIENCE, Lane, Step

T = TypeVar("T")


class Reader:
    """Snapshots on a connection of its own.

    Args:
        path: Of the file, for messages.
        connection: To be closed here.
        patience: Seconds that a caller waits for a step.
    """

    def __init__(
        self, path: str, connection: sqlite3.Connection, patience: float = PATIENCE
    ) -> None:
        self._connection = connection
        self._lane = Lane("firstbyte-store-reader", path, self._each, connection.close, patience)

    async def do(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run it.

        Raises:
            StoreError: the file could not be read.
        """
        return await self._lane.do(run)

    async def close(self) -> None:
        """Let go of the file."""
        await self._lane.close()

    def _each(self, steps: Sequence[Step]) -> None:
        for step in steps:
            try:
                step.result = self._in_a_snapshot(step)
            except BaseException as error:  # noqa: BLE001 (handed to whoever asked)
                step.error = error

    def _in_a_snapshot(self, step: Step) -> object:
        self._connection.execute("BEGIN")
        try:
            return step.run(self._connection)
        finally:
            self._connection.execute("ROLLBACK")
