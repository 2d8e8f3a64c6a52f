"""Whether what was said to a client has arrived there.

Over TLS a transport knows what it has not yet made into records, and nothing of what lies below: in the transport beneath
it, and in the system. Whatever waits beneath waits for room in the system's queue, so where that is empty nothing is left.

Source: tcp(7), `SIOCOUTQ`, which is `TIOCOUTQ` (read 2026-11-22).
"""

from __future__ import annotations

import asyncio
import struct
import termios
from fcntl import ioctl
from typing import Final

_COUNT: Final = struct.Struct("i")


def has_arrived(transport: asyncio.BaseTransport) -> bool:
    """Whether the client's system has acknowledged all that was written; False where there is no telling."""
    owner = transport.get_extra_info("socket")
    try:
        counted = ioctl(owner.fileno(), termios.TIOCOUTQ, bytes(_COUNT.size))
    except (OSError, ValueError):
        # Closed, or no socket of a system that counts.
        return False
    (left,) = _COUNT.unpack(counted)
    return not left
