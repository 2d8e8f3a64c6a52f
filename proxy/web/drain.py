"""What was written to a client and has not left yet: it must shrink, or the client is cut off.

Invariant: as long as a full buffer is awaited, or a connection is being closed, there is a moment at which somebody looks.
"""

from __future__ import annotations

import asyncio

from proxy.web.arrival import has_arrived
from proxy.web.deadline import Deadline


class Drain:
    """One connection's.

    Args:
        loop: The loop whose clock counts.
        stall: Seconds during which a full write buffer may not shrink at all.
        goodbye: Seconds that a client over TLS may take to say that it has heard of the end: one that is idle does not
            read.
    """

    __slots__ = ("_deadline", "_goodbye", "_stall", "_unsent", "socket")

    socket: asyncio.Transport
    """The connection; set once it is made."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stall: float, goodbye: float) -> None:
        self._deadline = Deadline(loop, self, Drain._missed)
        self._stall = stall
        self._goodbye = goodbye
        self._unsent = 0

    def begin(self) -> None:
        """From now on it must shrink."""
        self._unsent = self.socket.get_write_buffer_size()
        self._deadline.set(self._stall)

    def over(self) -> None:
        """The client reads again."""
        self._deadline.clear()

    def cancel(self) -> None:
        """The connection is gone."""
        self._deadline.cancel()

    def hang_up(self) -> None:
        """Close the connection once all of it has left."""
        self.socket.close()
        self.begin()
        if not (self._unsent or self.socket.can_write_eof()):
            self._deadline.set(self._goodbye)

    def _missed(self) -> None:
        left = self.socket.get_write_buffer_size()
        if left < self._unsent or not (self._unsent or has_arrived(self.socket)):
            self.begin()
        else:
            self.socket.abort()
