"""Deletes, now and then, the jobs that were kept long enough."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from proxy.core.clock import Clock
from proxy.gate.jobs.jobs import Jobs
from proxy.store.store import StoreError

EVERY: Final = 3600.0
"""Seconds between two rounds."""

_log: Final = logging.getLogger(__name__)


class Pruner:
    """One task of a process; several processes may prune one store.

    Args:
        jobs: What is pruned.
        clock: Time.
    """

    def __init__(self, jobs: Jobs, clock: Clock) -> None:
        self._jobs = jobs
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
                await self._jobs.prune()
            except StoreError as error:
                _log.info("old jobs are not deleted for now: %s", error)
