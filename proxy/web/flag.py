"""An event of asyncio that costs nothing to speak of while nobody waits: most calls never wait, and all have one.

Each of asyncio's own holds a queue from the beginning, of more than half a kilobyte.
"""

from __future__ import annotations

import asyncio
from typing import Literal


class Flag(asyncio.Event):
    """Behaves as `asyncio.Event`.

    Args:
        up: Whether it is set from the beginning.
    """

    __slots__ = ("_ahead", "_up")

    def __init__(self, *, up: bool = False) -> None:  # the base has nothing that is needed here
        self._up = up
        self._ahead: list[asyncio.Future[None]] | None = None
        """Who waits; None for nobody."""

    def __repr__(self) -> str:
        return f"<Flag {'up' if self._up else 'down'}>"

    def is_set(self) -> bool:
        """Whether nobody would have to wait."""
        return self._up

    def set(self) -> None:
        """Let everybody go on who waits, or comes."""
        self._up = True
        for waiter in self._ahead or ():
            if not waiter.done():
                waiter.set_result(None)

    def clear(self) -> None:
        """Let wait who comes from now on."""
        self._up = False

    async def wait(self) -> Literal[True]:
        """Wait until it is set; who was let go on goes on, though it may be cleared by then."""
        if self._up:
            return True
        waiter = asyncio.get_running_loop().create_future()
        if self._ahead is None:
            self._ahead = []
        ahead = self._ahead
        ahead.append(waiter)
        try:
            await waiter
        finally:
            ahead.remove(waiter)
            if not ahead and self._ahead is ahead:
                self._ahead = None
        return True
