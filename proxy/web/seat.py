"""One worker's place among several: what a process gets that did not take its addresses itself and is not told by signals."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy.config.renewal import Reloaded


@dataclass(frozen=True, slots=True)
class Seat:
    """One worker's."""

    calls: socket.socket
    """Listens for calls."""
    ops: socket.socket | None
    """Listens for operators; None where another worker answers them."""
    reload: Callable[[], Awaitable[Reloaded]]
    """Has all workers go by a new configuration, this one included."""
