"""The way out of a connection, on which a close is a word to its owner and not the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Door(asyncio.Transport):
    """The transport as uvicorn's writer sees it: everything but closing goes straight through.

    Args:
        transport: The connection's.
        close: Called in the place of closing it.
        lingering: Whether the connection only waits for its client to hang up.
    """

    __slots__ = ("_close", "_lingering", "_transport", "write")

    def __init__(
        self, transport: asyncio.Transport, close: Callable[[], None], lingering: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._transport = transport
        # Every piece of every answer goes this way.
        self.write = transport.write  # type: ignore[method-assign]
        self._close = close
        self._lingering = lingering

    def close(self) -> None:
        """Say that the answer was the last."""
        self._close()

    def is_closing(self) -> bool:
        """Whether nothing more can be said."""
        return self._transport.is_closing() or self._lingering()
