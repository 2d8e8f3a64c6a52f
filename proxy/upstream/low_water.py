"""Letting the system gather what comes on a connection, so that it is read once and not packet by packet.

A socket's low-water mark says from how many bytes on it counts as readable; the end of a connection always does. It
serves only where the poller that the loop waits with is told when the mark is lowered below what is here already.
Some kernels that stand in for Linux need not tell it so, and a stream would lie unread there. So it is tried once.

Source: socket(7), `SO_RCVLOWAT` (read 2026-11-22).
"""

from __future__ import annotations

import functools
import logging
import selectors
import socket
import struct
from typing import Final

from proxy.upstream.beneath import Beneath

_log: Final = logging.getLogger(__name__)

LEAST: Final = 1
"""Bytes: the mark of a socket that nobody has set."""
_MUCH: Final = 1024
"""Bytes, of the try."""
_PATIENCE: Final = 0.1
"""Seconds; on the loopback interface all of it is a matter of microseconds."""
_TIMEVAL: Final = struct.pack("@ll", 0, round(_PATIENCE * 1_000_000))


class LowWater:
    """The low-water mark of one connection.

    Args:
        beneath: Its socket.
    """

    __slots__ = ("_beneath",)

    def __init__(self, beneath: Beneath) -> None:
        self._beneath = beneath

    def set(self, size: int) -> None:
        """Let the connection count as readable from so many bytes on; one that is closed is let be."""
        try:
            found = self._beneath.socket()
            if found is not None:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, size)
        except OSError:
            # Both sides have ended it, which some systems say here, and whoever reads it hears of anyway.
            return


def low_water_of(beneath: Beneath) -> LowWater | None:
    """The mark of a connection, where it can be used; None elsewhere."""
    return LowWater(beneath) if is_heeded() else None


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
