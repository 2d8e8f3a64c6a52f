"""Names to addresses, one look-up a name at a time.

A look-up holds a thread until the system's resolver answers, which for a broken name server may be half a minute and
cannot be cancelled. So callers of one name share one look-up, and a name that hangs takes one thread, not all.

Nothing is cached: connections live for minutes, and a changed address has to be found.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

THREADS: Final = 32
"""Names that can be looked up at once."""


class Address(NamedTuple):
    """Where to connect."""

    family: int
    sockaddr: tuple[str | int | bytes, ...]


class Resolver:
    """Looks names up for one event loop."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._running: dict[tuple[str, int], asyncio.Future[list[Address]]] = {}

    async def resolve(self, host: str, port: int) -> list[Address]:
        """The addresses of a name in the order of preference; a literal is its own address.

        Raises:
            OSError: there are none.
        """
        literal = _literal(host, port)
        if literal is not None:
            return [literal]
        running = self._look_up(host, port)
        try:
            # Whoever is cancelled leaves the look-up to the others.
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            if running.cancelled():
                raise socket.gaierror(socket.EAI_AGAIN, "the resolver was closed") from None
            raise

    def close(self) -> None:
        """Start no further look-up; those under way end by themselves."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _look_up(self, host: str, port: int) -> asyncio.Future[list[Address]]:
        running = self._running.get((host, port))
        if running is not None:
            return running
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="firstbyte-dns")
        future = asyncio.get_running_loop().run_in_executor(self._threads, _addresses, host, port)
        self._running[host, port] = future
        future.add_done_callback(lambda done: self._done(host, port, done))
        return future

    def _done(self, host: str, port: int, future: asyncio.Future[list[Address]]) -> None:
        del self._running[host, port]
        if not future.cancelled():
            # Seen here, so that a failure whose callers have all left is not reported as lost.
            future.exception()


def _literal(host: str, port: int) -> Address | None:
    for family, tail in ((socket.AF_INET, ()), (socket.AF_INET6, (0, 0))):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return Address(family, (host, port, *tail))
    return None


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    return [Address(family, sockaddr) for family, _, _, _, sockaddr in found]
