"""What a turn of the loop has to send, kept until its end and then sent in one go.

Who writes to a connection wakes whoever reads from it, and where processors sleep, as on virtual machines, waking one
costs more than sending. Sent together, many pieces wake it once, and find the system's way to the network in the caches.

Invariant: what is put for a connection goes out in its order, before anything that is sent behind it, and at the loop's
next turn at the latest; so many pieces wait at most, and none behind a piece that is in a hurry.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

MOST: Final = 16
"""Pieces that wait: some half a millisecond's work."""
WORTH: Final = 1.5
"""Pieces that go out together, on average, from which it pays to keep them."""
EVERY: Final = 32
"""Where it did not pay, so many go out at once before one is kept, to see whether others follow it by now."""

_log: Final = logging.getLogger(__name__)

Soon: TypeAlias = Callable[[Callable[[], None]], object]
"""Calls back when the turn is over."""


class Sink(Protocol):
    """A connection, as an asyncio transport is one."""

    def write(self, data: bytes) -> None:
        """Send."""
        ...

    def is_closing(self) -> bool:
        """Whether it takes no more."""
        ...

    def abort(self) -> None:
        """Close it at once."""
        ...


class Outbox:
    """Of some connections of one loop.

    Args:
        soon: As `call_soon`; by default that of the loop that runs when something is put.
    """

    __slots__ = ("_at_once", "_gathers", "_pieces", "_soon")

    def __init__(self, soon: Soon | None = None) -> None:
        self._soon = soon
        self._pieces: deque[tuple[Sink, bytes]] = deque()
        self._gathers = WORTH
        """How many pieces went out together of late, about."""
        self._at_once = EVERY
        """How many pieces go out at once before one is kept again, where it does not pay."""

    def put(self, sink: Sink, data: bytes) -> None:
        """Send this at the end of the turn or before. Whoever closes a connection in good order has to `flush` first."""
        pieces = self._pieces
        if pieces:
            pieces.append((sink, data))
            if len(pieces) == MOST:
                self.flush()
        elif self._gathers < WORTH and self._at_once:
            self._at_once -= 1
            sink.write(data)
        else:
            self._at_once = EVERY
            (self._soon or asyncio.get_running_loop().call_soon)(self.flush)
            pieces.append((sink, data))

    def send(self, sink: Sink, data: bytes) -> None:
        """Send this at once, behind what waits."""
        if self._pieces:
            self.flush()
        sink.write(data)

    def flush(self) -> None:
        """Send what waits; connections that have been closed since are passed over."""
        pieces = self._pieces
        if not pieces:
            return
        self._gathers += (len(pieces) - self._gathers) / 8
        # One by one: whoever is told by a write that a connection is full may send as well, and is behind what waits.
        while pieces:
            sink, data = pieces.popleft()
            try:
                if not sink.is_closing():
                    sink.write(data)
            except Exception:  # noqa: BLE001 (what one connection does may not cost the others what is theirs)
                _log.exception("a connection could not be written to")
                sink.abort()
