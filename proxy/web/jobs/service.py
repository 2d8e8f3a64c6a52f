"""Everything that jobs need of a process, put together: what keeps them, who serves their calls, what is done aside.

Loaded when somebody first asks for a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.types import ASGIApp

from proxy.core.clock import Clock
from proxy.gate.charge import Cost
from proxy.gate.jobs.jobs import Jobs
from proxy.gate.jobs.once import Once
from proxy.store.store import Store
from proxy.web.admission import Admission
from proxy.web.jobs.aside import Aside
from proxy.web.jobs.calls import Counter
from proxy.web.jobs.endpoints import endpoints
from proxy.web.jobs.errand import Workshop


class JobService:
    """The jobs of one process.

    Args:
        store: Where they are kept; open.
        clock: Time.
        cost: Prices an answer.
        jitter: Draws from [0, 1).
        admission: How much may come in.
        inference: Serves chat calls in the shape of jobs.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        cost: Cost,
        jitter: Callable[[], float],
        admission: Admission,
        inference: ASGIApp,
    ) -> None:
        jobs = Jobs(store, clock, jitter)
        self.inference = inference
        """Serves their calls."""
        self._aside = Aside()
        shop = Workshop(jobs, clock, cost, self._aside)
        counter = Counter(shop, Once(store, clock, self._aside.keep), admission, inference)
        self.endpoints: Mapping[str, ASGIApp] = endpoints(counter)
        """By their names."""
        self._jobs = jobs

    async def prune(self) -> None:
        """Delete the jobs that were kept long enough.

        Raises:
            StoreError: the store is away; the rest is left to the next time.
        """
        await self._jobs.prune()

    async def close(self) -> None:
        """End it; what calls had to tell is told, if the store hears it in time."""
        await self._aside.close()
