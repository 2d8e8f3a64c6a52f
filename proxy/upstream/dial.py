"""From an origin to an open socket: look up, then connect to whichever address answers first.

Addresses are tried in the resolver's order with the families taking turns, each started when the one before it has
failed or has been silent for `HEAD_START`.

Invariant: every socket but the one that is returned is closed, however the race ends.
Source: RFC 8305 "Happy Eyeballs" (read 2026-11-21).
"""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Final

from proxy.upstream.origin import Origin
from proxy.upstream.resolver import Address, Resolver

HEAD_START: Final = 0.25
"""Seconds that an address has to itself."""

_KEEP_ALIVE: Final = tuple(
    (getattr(socket, name), value)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
    if hasattr(socket, name)
)
"""A peer that vanished is noticed after 45 s."""


async def dial(origin: Origin, resolver: Resolver) -> socket.socket:
    """A connected, non-blocking socket.

    Raises:
        OSError: the name does not resolve, or no address took the connection; then the first address's reason.
    """
    addresses = _in_turns(await resolver.resolve(origin.host, origin.port))
    if len(addresses) == 1:
        return await _connect(addresses[0])
    return await _Race(addresses).run()


class _Race:
    """Several addresses of one name, each started a little after the one before."""

    def __init__(self, addresses: list[Address]) -> None:
        self._addresses = addresses
        self._over = [asyncio.Event() for _ in addresses]
        self._errors: dict[int, OSError] = {}
        self._winner: socket.socket | None = None
        self._runners: list[asyncio.Task[None]] = []

    async def run(self) -> socket.socket:
        try:
            async with asyncio.TaskGroup() as group:
                self._runners = [
                    group.create_task(self._try(lane)) for lane in range(len(self._addresses))
                ]
        except BaseException:
            if self._winner is not None:
                self._winner.close()
            raise
        if self._winner is None:
            raise self._errors[min(self._errors)]
        return self._winner

    async def _try(self, lane: int) -> None:
        if lane:
            await self._turn(lane)
        try:
            connected = await _connect(self._addresses[lane])
        except OSError as error:
            self._errors[lane] = error
            self._over[lane].set()
            return
        # No other lane can win after this: a cancelled one comes back from its wait with nothing but that.
        self._winner = connected
        for runner in self._runners:
            if runner is not asyncio.current_task():
                runner.cancel()

    async def _turn(self, lane: int) -> None:
        """Wait for the lane before to start and then to fail, or to have had its head start."""
        try:
            async with asyncio.timeout(HEAD_START * lane):
                for before in self._over[:lane]:
                    await before.wait()
        except TimeoutError:
            return


async def _connect(address: Address) -> socket.socket:
    connection = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEP_ALIVE:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        await asyncio.get_running_loop().sock_connect(connection, address.sockaddr)
    except BaseException:
        connection.close()
        raise
    return connection


def _in_turns(addresses: list[Address]) -> list[Address]:
    """One of each family in turn, the preferred family first."""
    first = [address for address in addresses if address.family == addresses[0].family]
    other = [address for address in addresses if address.family != addresses[0].family]
    pairs = itertools.zip_longest(first, other)
    return [address for pair in pairs for address in pair if address is not None]
