"""One moment by which something must have happened, moved as often as one likes.

Moving it costs a store: the loop's timer stays where it is and looks, when it fires, whether the moment has moved on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls back once when its moment has passed.

    Args:
        loop: The loop whose clock counts.
        missed: Called when the moment passed; the deadline is clear then and may be set again.
    """

    __slots__ = ("_loop", "_missed", "_moment", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, missed: Callable[[], None]) -> None:
        self._loop = loop
        self._missed = missed
        self._moment: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Let the moment be so many seconds from now."""
        self._moment = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._moment:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._moment, self._fire)

    def clear(self) -> None:
        """Expect nothing."""
        self._moment = None

    def cancel(self) -> None:
        """Expect nothing and let go of the loop's timer, so that nothing keeps the owner alive."""
        self._moment = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        if self._moment is None:
            return
        if self._loop.time() < self._moment:
            self._timer = self._loop.call_at(self._moment, self._fire)
            return
        self._moment = None
        self._missed()
