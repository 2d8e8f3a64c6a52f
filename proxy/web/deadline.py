"""One moment by which something must have happened, moved as often as one likes.

Moving it costs a store: the loop's timer stays where it is and looks, when it fires, whether the moment has moved on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

PACE: Final = 1024
"""Bytes that buy a second: whoever sends fewer for long would hold a connection for as long as it likes."""


class Deadline(Generic[T]):
    """Calls back once when its moment has passed.

    Args:
        loop: The loop whose clock counts.
        owner: Whose it is.
        missed: Called with it when the moment passed; the deadline is clear then and may be set again.
    """

    __slots__ = ("_loop", "_missed", "_owner", "_strikes_at", "_timer", "moment")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, owner: T, missed: Callable[[T], None]
    ) -> None:
        self._loop = loop
        self._owner = owner
        self._missed = missed
        self.moment: float | None = None
        """Loop time by which it must have happened; None, which may be set, where nothing is expected."""
        self._timer: asyncio.TimerHandle | None = None
        self._strikes_at = 0.0
        """Of the timer, while there is one."""

    def set(self, seconds: float) -> None:
        """Let the moment be so many seconds from now."""
        self.moment = moment = self._loop.time() + seconds
        if self._timer is not None:
            if self._strikes_at <= moment:
                return
            self._timer.cancel()
        self._begin(moment)

    def earn(self, size: int, most: float, *, anew: bool = False) -> None:
        """Let the moment be as much later as so many bytes buy.

        Args:
            size: What came.
            most: Seconds from now at most, and where no moment is set.
            anew: Whether nothing came before.
        """
        left = most if anew or self.moment is None else self.moment - self._loop.time()
        self.set(min(left + size / PACE, most))

    def clear(self) -> None:
        """Expect nothing."""
        self.moment = None

    def cancel(self) -> None:
        """Expect nothing and let go of the loop's timer, so that nothing keeps the owner alive."""
        self.moment = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self, moment: float) -> None:
        self._strikes_at = moment
        self._timer = self._loop.call_at(moment, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self.moment is None:
            return
        if self._loop.time() < self.moment:
            self._begin(self.moment)
            return
        self.moment = None
        self._missed(self._owner)
