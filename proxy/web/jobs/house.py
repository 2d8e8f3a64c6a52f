"""Everything that jobs need of a process, put together: what keeps them, who serves their calls, what is done aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp

from proxy.core.clock import Clock
from proxy.gate.charge import Cost
from proxy.gate.jobs.jobs import Jobs
from proxy.gate.jobs.once import Once
from proxy.gate.rounds import Rounds
from proxy.store.store import Store
from proxy.web.doors import Doors
from proxy.web.jobs.aside import Aside
from proxy.web.jobs.calls import Counter
from proxy.web.jobs.errand import Workshop
from proxy.web.jobs.rows import rows
from proxy.web.routes import Row

PRUNE: Final = 3600.0
"""Seconds between two rounds that delete the jobs that were kept long enough."""


class JobHouse:
    """The jobs of one process.

    Args:
        store: Where they are kept; open, before `start`.
        clock: Time.
        cost: Prices an answer.
        jitter: Draws from [0, 1).
        doors: How much may come in.
        inference: Serves chat calls in the shape of jobs.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        cost: Cost,
        jitter: Callable[[], float],
        doors: Doors,
        inference: ASGIApp,
    ) -> None:
        jobs = Jobs(store, clock, jitter)
        self.inference = inference
        """Serves their calls."""
        self._aside = Aside()
        self._pruner = Rounds(jobs.prune, PRUNE, clock, "old jobs are not deleted for now")
        shop = Workshop(jobs, clock, cost, self._aside)
        self.rows: tuple[Row, ...] = rows(Counter(shop, Once(store, clock), doors, inference))
        """Their part of the table of calls."""

    def start(self) -> None:
        """Begin what is done aside."""
        self._pruner.start()

    async def close(self) -> None:
        """End it; what calls had to tell is told, if the store hears it in time."""
        await self._pruner.close()
        await self._aside.close()
