"""Time, as the rest of the house sees it: one object that tests replace.

`now` is the event loop's own clock, so that deadlines made from it can be given to `asyncio.timeout_at`
and a test loop with virtual time moves both together.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What code that waits or stamps may know of time."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward; the running event loop's."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, for `created` and logs."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real thing."""

    def now(self) -> float:
        """Seconds on the running loop's clock."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)
