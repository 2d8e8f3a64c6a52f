"""The socket beneath a transport, asked directly: what lies there that the loop has not read yet.

A transport tells what it has read, and no more. Two things cannot wait for that: whether a connection that has been idle
is still what it was, asked in the turn in which it is used again; and what a provider had said before a write to it failed,
since the loop then closes the connection unread.

The descriptor is another's, so it is asked for each time whether it is still open.
"""

from __future__ import annotations

import socket
from typing import Any


class _Borrowed(socket.SocketType):
    """A socket over a descriptor that somebody else closes."""

    __slots__ = ()

    def __del__(self) -> None:
        self.detach()


class Beneath:
    """The socket of one connection.

    The stand-in that uvloop gives for a socket makes one for each thing that is asked of it, and asks the system for its
    name: ten times the work of what is asked here. So one is made when it is first needed.

    Args:
        owner: Whoever has the socket, or stands in for it: its `fileno` is negative once it is closed.
    """

    __slots__ = ("_borrowed", "_owner")

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._borrowed: _Borrowed | None = None

    def socket(self) -> socket.SocketType | None:
        """It; None once it is closed, for its descriptor may be another's by then.

        Raises:
            OSError: the system does not know it any more.
        """
        owner = self._owner
        if owner.fileno() < 0:
            return None
        if self._borrowed is None:
            self._borrowed = _Borrowed(owner.family, owner.type, owner.proto, owner.fileno())
        return self._borrowed

    def is_silent(self) -> bool:
        """Whether it is open and nothing lies there, not even its end."""
        try:
            found = self.socket()
            if found is not None:
                found.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def read(self, view: memoryview) -> int | None:
        """Read what lies there: how many bytes; 0 for the end, None where there is nothing, or no telling."""
        try:
            found = self.socket()
            return None if found is None else found.recv_into(view, 0, socket.MSG_DONTWAIT)
        except OSError:
            return None
