"""The connections of one transport: which are open, and which of them are idle and may be used again.

There is no limit that makes a caller wait (admission is decided elsewhere), so there is no slot that could leak:
every decision here is synchronous, and a connection that is not idle is its user's alone.

Invariant: an idle connection is open, clean, younger than its age, idle for less than `IDLE_SECONDS`, and one of at
most `IDLE_MAX` of its origin.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final

from proxy.upstream.http1 import Connection
from proxy.upstream.origin import Origin

IDLE_MAX: Final = 512
"""Idle connections an origin: as many as calls that are under way at once, or a burst would dial anew for each."""
IDLE_SECONDS: Final = 15.0
"""Well below the 60 s after which common load balancers close."""
BRIEF: Final = 0.05
"""Seconds of being idle in which a busy loop uses connections again: no server gives one up so soon."""
AGE_SECONDS: Final = 300.0
"""So that a changed address takes over; each connection's own age lies within `AGE_SPREAD` around it."""
AGE_SPREAD: Final = 0.2


class Pool:
    """All connections of one transport on one event loop.

    Args:
        random: Spreads the ages, so that connections opened together do not close together.
    """

    def __init__(self, random: random.Random) -> None:
        self.closed = False
        self._random = random
        self._open: set[Connection] = set()
        self._idle: dict[Origin, list[Connection]] = {}
        """The longest idle first."""
        self._sweep: asyncio.TimerHandle | None = None
        self._time: Callable[[], float] = time.monotonic
        """The loop's, from the first connection on: to ask who the loop is costs a system call each time."""

    @property
    def open(self) -> int:
        """Connections that are open, idle or not."""
        return len(self._open)

    @property
    def idle(self) -> int:
        """Connections that are open and idle."""
        return sum(map(len, self._idle.values()))

    def admit(self, connection: Connection) -> None:
        """Count a new connection in."""
        self._time = asyncio.get_running_loop().time
        spread = self._random.uniform(1 - AGE_SPREAD, 1 + AGE_SPREAD)
        connection.retire_at = self._time() + AGE_SECONDS * spread
        self._open.add(connection)

    def take(self, origin: Origin) -> Connection | None:
        """The connection that was idle for the shortest time, or None; it is the caller's from now on."""
        idle = self._idle.get(origin)
        if not idle:
            return None
        now = self._time()
        while idle:
            connection = idle.pop()
            if self._is_good(connection, now):
                return connection
            connection.abort()
        return None

    def _is_good(self, connection: Connection, now: float) -> bool:
        idle = now - connection.idle_since
        if idle >= IDLE_SECONDS or now >= connection.retire_at or not connection.usable:
            return False
        # Who waits for long may have been told that it is over, or something else, in this very turn of the loop: what is
        # read behind the next request would be taken for the answer to it.
        return idle < BRIEF or connection.is_silent

    def give(self, connection: Connection) -> None:
        """Keep a connection that is clean and idle, or close it."""
        connection.idle_since = now = self._time()
        if self.closed or now >= connection.retire_at:
            connection.abort()
            return
        idle = self._idle.get(connection.origin)
        if idle is None:
            idle = self._idle[connection.origin] = []
        idle.append(connection)
        if len(idle) > IDLE_MAX:
            idle.pop(0).abort()
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(IDLE_SECONDS, self._close_stale)

    def forget(self, connection: Connection) -> None:
        """A connection is closed."""
        self._open.discard(connection)
        idle = self._idle.get(connection.origin)
        if idle is None:
            return
        if connection in idle:
            idle.remove(connection)
        if not idle:
            del self._idle[connection.origin]

    def close(self) -> None:
        """Close everything, idle or not."""
        self.closed = True
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._idle.clear()
        for connection in tuple(self._open):
            connection.abort()

    def _close_stale(self) -> None:
        """One timer serves all: it runs while anything is idle."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        waiting = [connection for idle in self._idle.values() for connection in idle]
        for connection in waiting:
            if _stale(connection, now):
                self._idle[connection.origin].remove(connection)
                connection.abort()
        rest = [connection.idle_since for idle in self._idle.values() for connection in idle]
        self._sweep = None
        if rest:
            self._sweep = loop.call_at(min(rest) + IDLE_SECONDS, self._close_stale)


def _stale(connection: Connection, now: float) -> bool:
    return now >= connection.retire_at or now - connection.idle_since >= IDLE_SECONDS
