"""Time, as the rest of the house sees it: one object that tests replace.

`now` is on the event loop's own scale, so that deadlines made from it can be given to `asyncio.timeout_at`. It is not
read from the loop, because uvloop tells whole milliseconds and only as of the start of its turn; both count from the
same origin, CLOCK_MONOTONIC.

Source: `Loop.time` of uvloop 0.23 and `uv_now` of libuv (read 2026-11-21).
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What code that waits or stamps may know of time."""

    def now(self) -> float:
        """Seconds on a clock that only goes forward, on the running event loop's scale."""
        ...

    def wall(self) -> float:
        """Seconds since 1970, for `created` and logs."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The real thing."""

    now = staticmethod(time.monotonic)
    """Seconds of CLOCK_MONOTONIC, to the nanosecond; the system's own, since it is asked several times a call."""

    wall = staticmethod(time.time)
    """Seconds since 1970; as often."""

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop."""
        await asyncio.sleep(seconds)
