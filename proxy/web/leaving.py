"""How a call hears that its caller has left, without a task that waits for it.

Invariant: it knows nothing of its call, so that a call that is over is gone at once, with its body.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Leaving:
    """One call's; told by its connection. It stands in the scope as `GONE`."""

    __slots__ = ("_has_left", "_left")

    def __init__(self) -> None:
        self._has_left = False
        self._left: Callable[[], None] | None = None

    def watch(self, left: Callable[[], None] | None) -> None:
        """Call this once when the caller has left, soon if it is so already; None for nobody."""
        self._left = left
        if self._has_left and left is not None:
            asyncio.get_running_loop().call_soon(self.tell)

    def tell(self) -> None:
        """The caller has left."""
        self._has_left = True
        left, self._left = self._left, None
        if left is not None:
            left()
