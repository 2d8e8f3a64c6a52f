"""Takes addresses: an address that cannot be had is one sentence with its remedy.

Several processes may listen on one address. Linux gives each a queue of its own and spreads connections over them by
the caller's address and port (SO_REUSEPORT); elsewhere they take turns at one queue.

Invariant: an address that anybody else listens on is refused, also where that is another Firstbyte with workers.
Source: man page socket(7), `SO_REUSEPORT` (read 2026-11-21).
"""

from __future__ import annotations

import errno
import socket
import sys
from typing import Final

BACKLOG: Final = 2048
"""Connections that the kernel may hold for us."""

_REMEDIES: Final = {
    errno.EADDRINUSE: (
        "address already in use: {address}; stop the other process or set {setting}"
    ),
    errno.EACCES: ("not allowed to listen on {address}; set {setting} to a port above 1023"),
    errno.EADDRNOTAVAIL: (
        "this machine has no address {address}; set {setting} to one that it has"
    ),
}


def listen(host: str, port: int, setting: str, *, shared: bool = False) -> socket.socket:
    """A socket that listens.

    Args:
        host: As configured.
        port: 0 for any that is free.
        setting: Where the address is set, for messages.
        shared: Whether more sockets of this user may listen there beside it; Linux only.

    Raises:
        OSError: the address cannot be had. One sentence with the remedy.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        family, _, protocol, _, target = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise OSError(
            f"cannot find the address of {host}; set {setting} to an address of this machine"
        ) from error
    # Without the protocol asyncio's own loop would not send small pieces at once (TCP_NODELAY).
    listener = socket.socket(family, socket.SOCK_STREAM, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(target)
        # Only listening settles who has the port: two sockets may be bound to it.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        remedy = _REMEDIES.get(error.errno or 0, "cannot listen on {address}: {reason}")
        sentence = remedy.format(address=address, reason=error.strerror, setting=setting)
        raise OSError(sentence) from error
    return listener


class SharedAddress:
    """An address that several processes listen on.

    Args:
        host: As configured.
        port: 0 for any that is free.
        setting: Where the address is set, for messages.

    Raises:
        OSError: as `listen`.
    """

    def __init__(self, host: str, port: int, setting: str) -> None:
        self._host, self._setting = host, setting
        self._has_queues = sys.platform == "linux"
        if self._has_queues and port:
            # Who shares is let in beside whoever else of this user shares; one who does not share is not.
            listen(host, port, setting).close()
        self._first: socket.socket | None = listen(host, port, setting, shared=self._has_queues)
        self.port: int = self._first.getsockname()[1]
        """The port that it really has."""

    def share(self) -> socket.socket:
        """One more socket that listens there: the caller's to close.

        Raises:
            OSError: as `listen`.
        """
        first, self._first = self._first, None
        if first is None:
            return listen(self._host, self.port, self._setting, shared=self._has_queues)
        if not self._has_queues:
            self._first = first.dup()
        return first

    def close(self) -> None:
        """Give back what nobody has taken."""
        if self._first is not None:
            self._first.close()
            self._first = None
