"""HTTP/1.1 as an httpx transport: pooled connections, bounded waits, and nothing that a cancelled call could leak.

It follows no redirect, reads no proxy from the environment, decodes no content: what is asked is sent, what comes is
handed on.

Invariant: whoever leaves a call, at any await, closes its connection at once.
Invariant: a request is sent a second time only if it went out on a reused connection and not a byte came back.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Final

import httpx

from proxy.core.outbox import Outbox
from proxy.upstream.dial import dial
from proxy.upstream.exchange import Exchange
from proxy.upstream.framing import Disconnected
from proxy.upstream.http1 import READ_SIZE, Connection
from proxy.upstream.low_water import is_heeded
from proxy.upstream.opening import Opening
from proxy.upstream.origin import Origin
from proxy.upstream.pool import Pool
from proxy.upstream.request import head_of
from proxy.upstream.resolver import Resolver

_NO_LIMITS: Final[Mapping[str, float | None]] = {}
_VERSION: Final = {"http_version": b"HTTP/1.1"}


class Transport(httpx.AsyncBaseTransport):
    """Sends requests with bodies of known length; one event loop's alone.

    Takes `connect`, `read` and `write` in seconds from `request.extensions["timeout"]`; a missing or None one is no
    limit. `connect` bounds look-up, TCP and TLS together, `read` each wait for bytes.

    Args:
        ssl_context: Whom to trust; by default whom the system trusts, which is a megabyte and looked up with `trust` or
            when a server is first asked over TLS.
        rng: Spreads the ages of connections.
    """

    def __init__(
        self, *, ssl_context: ssl.SSLContext | None = None, rng: random.Random | None = None
    ) -> None:
        self.pool = pool = Pool(rng or random.Random())  # noqa: S311 (nothing secret)
        self._released, self._lost = pool.give, pool.forget
        self._ssl = ssl_context
        self._resolver = Resolver()
        self._view = memoryview(bytearray(READ_SIZE))
        self._outbox = Outbox()
        # Found out here, so that no call waits for it.
        is_heeded()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and return with the head of the answer; its stream must be read to the end or closed.

        Raises:
            httpx.TransportError: no answer; the class says why.
        """
        origin = Origin.of(request.url)
        body = await request.aread()
        limits = request.extensions.get("timeout", _NO_LIMITS)
        read = limits.get("read")
        head = head_of(request, len(body))
        try:
            exchange = await self.exchange(
                origin,
                request.method,
                head,
                body,
                connect=limits.get("connect"),
                read_by=_by(read),
                write_by=_by(limits.get("write")),
            )
        except TimeoutError as error:
            raise httpx.ReadTimeout("nothing came in time") from error
        return httpx.Response(
            exchange.status,
            headers=exchange.headers,
            stream=_Body(exchange, read),
            extensions=_VERSION,
        )

    async def exchange(
        self,
        origin: Origin,
        method: str,
        head: bytes,
        body: bytes,
        *,
        connect: float | None = None,
        read_by: float | None = None,
        write_by: float | None = None,
    ) -> Exchange:
        """Send, and return with the head of the answer; the exchange must be read to its end or closed.

        Args:
            origin: Where to.
            method: As it stands in `head`.
            head: Request line and headers, with the framing of the body.
            body: All of it.
            connect: Seconds for look-up, TCP and TLS together.
            read_by: Loop time by which the head must be here.
            write_by: Loop time by which the body must be with the system.

        Raises:
            TimeoutError: the head did not come in time.
            httpx.TransportError: no answer; the class says why.
        """
        pooled = self.pool.take(origin)
        if pooled is not None:
            exchange = pooled.send(method, head, body)
            try:
                await headed(pooled, exchange, read_by, write_by)
            except (httpx.NetworkError, Disconnected):
                if exchange.began:
                    raise
            else:
                return exchange
        return await self.freshly(
            origin, method, head, body, connect=connect, read_by=read_by, write_by=write_by
        )

    async def freshly(
        self,
        origin: Origin,
        method: str,
        head: bytes,
        body: bytes,
        *,
        connect: float | None,
        read_by: float | None,
        write_by: float | None,
    ) -> Exchange:
        """As `exchange`, on a connection that nothing was sent on before: for what an idle one lost without a word."""
        async with asyncio.timeout_at(read_by):
            fresh = await self._connect(origin, connect)
        exchange = fresh.send(method, head, body)
        await headed(fresh, exchange, read_by, write_by)
        return exchange

    def opening(
        self, origin: Origin, method: str, head: bytes, body: bytes, connect: float
    ) -> Opening:
        """Send on a connection of its own, as soon as that is open; the arguments are those of `exchange`."""
        return Opening(partial(self._connect, origin, connect), method, head, body)

    def trust(self) -> None:
        """Look up whom the system trusts, so that no call waits for it; that takes some tens of milliseconds."""
        self._ssl = self._ssl or trusting_context()

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        self.pool.close()
        self._resolver.close()

    async def _connect(self, origin: Origin, seconds: float | None) -> Connection:
        if self.pool.closed:
            raise httpx.ConnectError("the transport is closed")
        try:
            async with asyncio.timeout(seconds):
                connection = await self._open(origin)
        except TimeoutError as error:
            # The system has a time limit of its own.
            raise httpx.ConnectTimeout("no connection in time") from error
        except OSError as error:
            raise httpx.ConnectError("no connection") from error
        if self.pool.closed or not connection.usable:
            connection.abort()
            raise httpx.ConnectError("the server closed, or spoke, before it was asked")
        self.pool.admit(connection)
        return connection

    async def _open(self, origin: Origin) -> Connection:
        secure = origin.scheme == "https"
        if secure and self._ssl is None:
            # Nobody else's call shall wait for it.
            await asyncio.to_thread(self.trust)
        connected = await dial(origin, self._resolver)
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(origin, self._view, self._outbox, self._released, self._lost),
            sock=connected,
            ssl=self._ssl if secure else None,
            server_hostname=origin.host if secure else None,
        )
        return connection


class _Body(httpx.AsyncByteStream):
    """The body as it was read: one piece for each time that something was there."""

    def __init__(self, exchange: Exchange, seconds: float | None) -> None:
        self._exchange = exchange
        self._seconds = seconds

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            data = await self._exchange.take(_by(self._seconds))
        except TimeoutError as error:
            raise httpx.ReadTimeout("nothing came in time") from error
        if not data:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        self._exchange.close()


async def headed(
    carrier: Connection | Opening,
    exchange: Exchange,
    read_by: float | None,
    write_by: float | None,
) -> None:
    """Wait until the request is out and the head of its answer is here."""
    if carrier.owes(exchange):
        await carrier.sent(write_by)
    if not exchange.status:
        await exchange.head(read_by)


def _by(seconds: float | None) -> float | None:
    return None if seconds is None else asyncio.get_running_loop().time() + seconds


def trusting_context() -> ssl.SSLContext:
    """TLS that trusts the system's store, checks the host's name and speaks HTTP/1.1."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
