"""Waits for an answer so long and no longer, and takes one that is there though the time is up.

A loop that stood still finds the end of the time and the answer at the same turn, and the store has nothing to do with
that: so before anybody is sent away, what has come already goes its way through the loop.

Invariant: whoever waits hears an answer or `TimeoutError`, `TURNS` turns of the loop behind the time at the latest; a
cancellation from outside stays one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

PATIENCE: Final = 0.3
"""Seconds that a call waits for its store, where nothing else is configured."""
TURNS: Final = 3
"""From what a thread or a socket left to whoever waits: it is told, its task wakes; and one for luck."""

Answer = TypeVar("Answer")


async def within(seconds: float, answer: Awaitable[Answer]) -> Answer:
    """Wait for an answer.

    Args:
        seconds: How long.
        answer: What is awaited; it is cancelled where it comes too late.

    Raises:
        TimeoutError: it did not come.
    """
    async with asyncio.timeout(None) as bound:
        bell = _Bell(bound, seconds)
        try:
            return await answer
        finally:
            bell.handle.cancel()


class _Bell:
    """Rings when the time is up, and ends the wait some turns later."""

    __slots__ = ("_bound", "_left", "_loop", "handle")

    def __init__(self, bound: asyncio.Timeout, seconds: float) -> None:
        self._bound = bound
        self._left = TURNS
        self._loop = asyncio.get_running_loop()
        self.handle: asyncio.Handle = self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._left -= 1
        if self._left:
            self.handle = self._loop.call_soon(self._ring)
        else:
            # What has passed is over at the next turn.
            self._bound.reschedule(self._loop.time())
