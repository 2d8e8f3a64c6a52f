"""The jobs of a process that may never have any: their routes from the start, all behind these for whoever first asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from proxy.core.clock import Clock
from proxy.gate.periodic import Periodic
from proxy.web.jobs.rows import rows
from proxy.web.lazy_endpoints import LazyEndpoints, Parts
from proxy.web.routes import Row

SERVICE: Final = "proxy.web.jobs.service:JobService"
PRUNE: Final = 3600.0
"""Seconds between two rounds that delete the jobs that were kept long enough."""


class Service(Parts, Protocol):
    """What a `JobService` is."""

    def prune(self) -> Awaitable[None]:
        """Delete the jobs that were kept long enough."""
        ...

    def close(self) -> Awaitable[None]:
        """End what is done aside."""
        ...


class Jobs:
    """The jobs of one process.

    Args:
        make: Makes the `JobService`, given its class.
        clock: Time.
        outlast: Whether there may be jobs of an earlier process: what keeps them is more than this one's memory.
    """

    def __init__(self, make: Callable[[Any], Service], clock: Clock, *, outlast: bool) -> None:
        self.lazy = LazyEndpoints(SERVICE, make)
        """All of it."""
        self.rows: tuple[Row, ...] = rows(self.lazy.endpoint)
        """Their part of the table of calls."""
        self._outlast = outlast
        self._pruner = Periodic(self._prune, PRUNE, clock, "old jobs are not deleted for now")

    def start(self) -> None:
        """Begin what is done aside."""
        self._pruner.start()

    async def close(self) -> None:
        """End it; what calls had to tell is told, if the store hears it in time."""
        await self._pruner.close()
        if self.lazy.is_loaded:
            await self.lazy.parts.close()

    async def _prune(self) -> None:
        if self._outlast or self.lazy.is_loaded:
            await (await self.lazy.load()).prune()
