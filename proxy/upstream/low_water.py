"""Letting the system gather what comes on a connection, so that it is read once and not packet by packet.

A socket's low-water mark says from how many bytes on it counts as readable; the end of a connection always does. It
serves only where the poller that the loop waits with is told when the mark is lowered below what is here already.
Some kernels that stand in for Linux need not tell it so, and a stream would lie unread there. So it is tried once.

Source: socket(7), `SO_RCVLOWAT` (read 2026-11-22).
"""

from __future__ import annotations

import asyncio
import functools
import logging
import selectors
import socket
import struct
from typing import Any, Final

_log: Final = logging.getLogger(__name__)

LEAST: Final = 1
"""Bytes: the mark of a socket that nobody has set."""
_MUCH: Final = 1024
"""Bytes, of the try."""
_PATIENCE: Final = 0.1
"""Seconds; on the loopback interface all of it is a matter of microseconds."""
_TIMEVAL: Final = struct.pack("@ll", 0, round(_PATIENCE * 1_000_000))


class _Borrowed(socket.SocketType):
    """A socket over a descriptor that somebody else closes."""

    __slots__ = ()

    def __del__(self) -> None:
        self.detach()


class LowWater:
    """The low-water mark of one connection.

    The stand-in that uvloop gives for a socket makes one for each thing that is asked of it, and asks the system for its
    name: ten times the work of setting the mark. So it is asked once.

    Args:
        owner: Whoever has the socket, or stands in for it: its `fileno` is negative once it is closed.
    """

    __slots__ = ("_borrowed", "_owner")

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._borrowed: _Borrowed | None = None

    def set(self, size: int) -> None:
        """Let the connection count as readable from so many bytes on; one that is closed is let be."""
        owner, borrowed = self._owner, self._borrowed
        # Of a connection that is closed the descriptor may be another's by now.
        if owner.fileno() < 0:
            return
        try:
            if borrowed is None:
                borrowed = _Borrowed(owner.family, owner.type, owner.proto, owner.fileno())
                self._borrowed = borrowed
            borrowed.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
        except OSError:
            # Both sides have ended it, which some systems say here, and whoever reads it hears of anyway.
            return


def low_water_of(transport: asyncio.BaseTransport) -> LowWater | None:
    """The mark of the socket below a transport, where it can be used; None elsewhere."""
    owner = transport.get_extra_info("socket")
    return LowWater(owner) if owner is not None and is_heeded() else None


@functools.cache
def is_heeded() -> bool:
    """Whether this system's poller heeds the mark when it is raised, and when it is lowered.

    The first to ask waits, mostly 0.1 ms; some tenths of a second where the system does not do as it should.
    """
    if not (is_found := _tried()):
        _log.info("bytes do not gather below connections here: streams that come quickly cost more")
    return is_found


def _tried() -> bool:
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), _PATIENCE) as speaker,
        ):
            listener.settimeout(_PATIENCE)
            hearer, _ = listener.accept()
            with hearer, selectors.DefaultSelector() as poller:
                return _heeds(poller, speaker, hearer)
    except OSError:
        return False


def _heeds(poller: selectors.BaseSelector, speaker: socket.socket, hearer: socket.socket) -> bool:
    hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _MUCH)
    poller.register(hearer, selectors.EVENT_READ)
    speaker.sendall(b"x")
    # Not by a time-out of Python's own, which waits until the socket counts as readable.
    hearer.settimeout(None)
    hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL)
    hearer.recv(1, socket.MSG_PEEK)
    is_silent = not poller.select(0)
    hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, LEAST)
    return is_silent and bool(poller.select(_PATIENCE))
