"""Work that goes on when whoever began it has left.

Invariant: a task that was begun here is held until it has ended, and `close` waits for all of them for so long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that a stop leaves."""


class Aside:
    """The tasks of a process."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin something that must be finished. It must not raise, where nobody waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Begin something and wait for it; it goes on where the waiting ends."""
        return await asyncio.shield(self.keep(work))

    async def close(self) -> None:
        """Wait a while for what is under way, then give it up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        for task in self._tasks:
            task.cancel()
