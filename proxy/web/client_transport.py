"""The transport of a client connection as answers see it: a close is a word to its owner and not the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from proxy.core.outbox import Outbox


class Owner(Protocol):
    """Whose connection it is."""

    lingering: bool
    """Whether it only waits for its client to hang up."""

    def ended(self) -> None:
        """The answer that ends this connection is written."""
        ...


class ClientTransport(asyncio.Transport):
    """The transport as uvicorn's writer sees it: what is written goes out behind what waits, and a close is a word.

    Args:
        transport: The connection's.
        owner: Told in the place of closing it.
        outbox: Its listener's.
    """

    __slots__ = ("_outbox", "_owner", "_transport")

    def __init__(self, transport: asyncio.Transport, owner: Owner, outbox: Outbox) -> None:
        super().__init__()
        self._transport = transport
        self._owner = owner
        self._outbox = outbox

    def write(self, data: bytes) -> None:  # type: ignore[override] # nobody here has other buffers
        """Write, behind what waits."""
        self._outbox.send(self._transport, data)

    def straight(self) -> Callable[[bytes], None]:
        """What writes straight to the connection, for one answer that has begun: nothing of it waits from here on."""
        self._outbox.flush()
        return self._transport.write

    def write_soon(self, data: bytes) -> None:
        """Write what may wait for the others of this turn of the loop."""
        self._outbox.put(self._transport, data)

    def close(self) -> None:
        """Say that the answer was the last."""
        self._outbox.flush()
        self._owner.ended()

    def is_closing(self) -> bool:
        """Whether nothing more can be said."""
        return self._transport.is_closing() or self._owner.lingering
