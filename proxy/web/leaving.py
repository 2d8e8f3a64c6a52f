"""How a call hears that its caller has left, without a task that waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Leaving:
    """One call's; told by its connection. It stands in the scope as `GONE`.

    Args:
        cycle: The call's.
    """

    __slots__ = ("_cycle", "_left")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._left: Callable[[], None] | None = None

    def watch(self, left: Callable[[], None] | None) -> None:
        """Call this once when the caller has left, soon if it is so already; None for nobody."""
        self._left = left
        if self._cycle.disconnected:
            asyncio.get_running_loop().call_soon(self.tell)

    def tell(self) -> None:
        """The caller has left."""
        left, self._left = self._left, None
        if left is not None:
            left()
