"""Runs a block only as long as the caller is there, and as long as nobody asks it to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from proxy.core.errors import Kind, ProxyError


class Presence:
    """The callers of one endpoint."""

    def __init__(self) -> None:
        self._stays: set[Stay] = set()
        self._over: tuple[Kind, str] | None = None

    @asynccontextmanager
    async def of(self, receive: Receive) -> AsyncIterator["Stay"]:
        """Run the block; until its stay is over it is cancelled when the caller leaves or everybody is dismissed.

        Raises:
            ProxyError: CANCELLED or what `dismiss` was given, once the block has been cancelled for it.
        """
        async with self._stay() as stay:
            watcher = asyncio.ensure_future(stay.watch(receive))
            try:
                yield stay
            finally:
                watcher.cancel()

    @asynccontextmanager
    async def arriving(self) -> AsyncIterator[None]:
        """Run the block, which reads the request itself; it is cancelled when everybody is dismissed.

        Raises:
            ProxyError: what `dismiss` was given.
        """
        async with self._stay():
            yield

    def dismiss(self, kind: Kind, message: str) -> None:
        """End every block, and let none begin any more."""
        self._over = (kind, message)
        for stay in list(self._stays):
            stay.end(ProxyError(kind, message))

    @asynccontextmanager
    async def _stay(self) -> AsyncIterator["Stay"]:
        if self._over is not None:
            raise ProxyError(*self._over)
        task = asyncio.current_task()
        assert task is not None, "a call is served in a task"
        stay = Stay(task)
        self._stays.add(stay)
        try:
            yield stay
        except asyncio.CancelledError:
            if stay.reason is None or task.uncancel() > 0:
                raise
            raise stay.reason from None
        finally:
            self._stays.discard(stay)


class Stay:
    """One caller's time here."""

    def __init__(self, task: asyncio.Task[object]) -> None:
        self._task = task
        self._over = False
        self.reason: ProxyError | None = None
        """Why it was ended early."""

    def over(self) -> None:
        """The whole answer is out: what is still tidied up is nobody's to stop.

        An ASGI server tells a caller who has its answer as one who left.
        """
        self._over = True

    async def watch(self, receive: Receive) -> None:
        """End it when the caller leaves."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end(ProxyError(Kind.CANCELLED, "the caller left"))

    def end(self, reason: ProxyError) -> None:
        """Cancel the block, for the first reason that there is."""
        if self.reason is None and not self._over:
            self.reason = reason
            self._task.cancel()
