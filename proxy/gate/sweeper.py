"""Releases holds that nobody settled: of processes that were killed, and of calls that outlived theirs."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from proxy.core.clock import Clock
from proxy.store.store import Store, StoreError

EVERY: Final = 30.0
"""Seconds between two rounds."""

_log: Final = logging.getLogger(__name__)


class Sweeper:
    """One task of a process; several processes may sweep one store.

    Args:
        store: What is swept.
        clock: Time.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """No more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(EVERY)
            try:
                while await self._store.sweep():
                    pass
            except StoreError as error:
                _log.info("holds are not swept for now: %s", error)
