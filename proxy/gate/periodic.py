"""Does one thing again and again beside the calls, for as long as a process runs.

Invariant: nothing that goes wrong in a round ends the rounds; what one could not do is left to the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from proxy.core.clock import Clock
from proxy.store.store import StoreError

_log: Final = logging.getLogger(__name__)


class Periodic:
    """One task of a process; several processes may do the same in one store.

    Args:
        what: Is done in each round; may raise `StoreError`, and anything else is logged as what nobody expects.
        every: Seconds before each round.
        clock: Time.
        complaint: What the log says of a round that came to nothing, before the store's own words.
    """

    def __init__(
        self, what: Callable[[], Awaitable[object]], every: float, clock: Clock, complaint: str
    ) -> None:
        self._what = what
        self._every = every
        self._clock = clock
        self._complaint = complaint
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
            await self._clock.sleep(self._every)
            try:
                await self._what()
            except StoreError as error:
                _log.info("%s: %s", self._complaint, error)
            except Exception:  # noqa: BLE001 (logged: nobody else would hear of it, and the next round is another)
                _log.exception("%s", self._complaint)
