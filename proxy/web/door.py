"""The way out of a connection, on which a close is a word to its owner and not the end."""

from __future__ import annotations

import asyncio
from typing import Protocol


class Owner(Protocol):
    """Whose connection it is."""

    lingering: bool
    """Whether it only waits for its client to hang up."""

    def ended(self) -> None:
        """The answer that ends this connection is written."""
        ...


class Door(asyncio.Transport):
    """The transport as uvicorn's writer sees it: everything but closing goes straight through.

    Args:
        transport: The connection's.
        owner: Told in the place of closing it.
    """

    __slots__ = ("_owner", "_transport", "write")

    def __init__(self, transport: asyncio.Transport, owner: Owner) -> None:
        super().__init__()
        self._transport = transport
        # Every piece of every answer goes this way.
        self.write = transport.write  # type: ignore[method-assign]
        self._owner = owner

    def close(self) -> None:
        """Say that the answer was the last."""
        self._owner.ended()

    def is_closing(self) -> bool:
        """Whether nothing more can be said."""
        return self._transport.is_closing() or self._owner.lingering
