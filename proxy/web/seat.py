"""One worker's place among several: what a process gets that did not take its addresses itself and is not told by signals."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from proxy.config.renewal import Reloaded

if TYPE_CHECKING:
    # Not loaded where one process takes all connections.
    import ssl

    from proxy.web.acceptor import Acceptor
    from proxy.web.listener import Listener
    from proxy.web.protocol import Connection

Share: TypeAlias = """Callable[
    [socket.socket, Listener, Callable[[], Connection], ssl.SSLContext | None], Acceptor
]"""
"""Begins to take connections, as `Acceptor` does, which a worker gives its own part of the house."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One worker's."""

    calls: socket.socket
    """Listens for calls."""
    ops: socket.socket | None
    """Listens for operators; None where another worker answers them."""
    reload: Callable[[], Awaitable[Reloaded]]
    """Has all workers go by a new configuration, this one included."""
    workers: int = 1
    """How many there are, this one included."""
    share: Share | None = None
    """Takes connections, and hands over what others should have; by default all that come stay."""
