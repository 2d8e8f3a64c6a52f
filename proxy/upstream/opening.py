"""A call whose connection is being opened: it goes out in the turn of the loop in which there is one.

Whoever made it listens to its exchange meanwhile, as to that of a call which is out. Where no connection comes of it, the
exchange fails and says why.

Invariant: giving the exchange up ends the dialling at once.
Invariant: such a call is sent once; what a connection lost that nothing was sent on before is not sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import httpx

from proxy.upstream.exchange import Exchange
from proxy.upstream.http1 import Connection

Connect: TypeAlias = Callable[[], Awaitable[Connection]]
_log: Final = logging.getLogger(__name__)


class Opening:
    """What carries one call until its connection does.

    Args:
        connect: Gives a connection that is open and idle; `httpx.TransportError` where there is none.
        method: Of the request.
        head: Request line and headers, with the framing of the body.
        body: All of it.
    """

    __slots__ = ("_connection", "_request", "_task", "exchange")

    gathers: Final = False
    """There is no connection below it yet."""

    def __init__(self, connect: Connect, method: str, head: bytes, body: bytes) -> None:
        self.exchange = Exchange(method, self)
        """Of its answer."""
        self._connection: Connection | None = None
        self._request: tuple[bytes, bytes] | None = (head, body)
        self._task: asyncio.Task[None] | None = asyncio.ensure_future(self._run(connect))

    def owes(self, exchange: Exchange) -> bool:
        """Whether a part of the request still waits to be sent."""
        connection = self._connection
        return self._task is not None if connection is None else connection.owes(exchange)

    async def sent(self, by: float | None) -> None:
        """Wait until the whole request is with the connection, or none comes of it.

        Args:
            by: Loop time by which it must be; None for no limit.

        Raises:
            TimeoutError: there was no connection by then, and the dialling is over.
            httpx.WriteTimeout: the request could not be sent in time.
        """
        task = self._task
        if task is not None:
            try:
                async with asyncio.timeout_at(by):
                    await asyncio.wait((task,))
            except BaseException:
                self.exchange.close()
                raise
        connection = self._connection
        if connection is not None and connection.owes(self.exchange):
            await connection.sent(by)

    def abort(self) -> None:
        """Nobody waits for the connection any more."""
        if self._task is not None:
            self._task.cancel()

    def pause(self) -> None:
        """Nothing is read yet."""

    def resume(self) -> None:
        """Nothing was paused."""

    def gather(self) -> None:
        """Nothing is read yet."""

    def gathered(self) -> None:
        """Nothing has come yet."""

    async def _run(self, connect: Connect) -> None:
        request, self._request = self._request, None
        assert request is not None, "this runs once"
        try:
            connection = await connect()
        except httpx.TransportError as error:
            self._fail(error)
        except Exception:  # noqa: BLE001 (logged, and told as a failure to connect)
            _log.exception("unexpected failure")
            self._fail(httpx.ConnectError("no connection"))
        else:
            self._connection, self._task = connection, None
            connection.send(self.exchange.method, *request, exchange=self.exchange)

    def _fail(self, error: httpx.TransportError) -> None:
        self._task = None
        self.exchange.fail(error)
