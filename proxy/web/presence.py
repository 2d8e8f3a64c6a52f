"""Runs a block only as long as the caller is there, and as long as nobody asks it to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

from proxy.core.errors import Kind, ProxyError


class Presence:
    """The callers of one endpoint."""

    def __init__(self) -> None:
        self._blocks: set[_Block] = set()
        self._over: tuple[Kind, str] | None = None

    @asynccontextmanager
    async def of(self, receive: Receive) -> AsyncIterator[None]:
        """Run the block; it is cancelled when the caller leaves or everybody is dismissed.

        Raises:
            ProxyError: CANCELLED or what `dismiss` was given, once the block has been cancelled for it.
        """
        async with self._block() as block:
            watcher = asyncio.ensure_future(block.watch(receive))
            try:
                yield
            finally:
                watcher.cancel()

    @asynccontextmanager
    async def arriving(self) -> AsyncIterator[None]:
        """Run the block, which reads the request itself; it is cancelled when everybody is dismissed.

        Raises:
            ProxyError: what `dismiss` was given.
        """
        async with self._block():
            yield

    def dismiss(self, kind: Kind, message: str) -> None:
        """End every block, and let none begin any more."""
        self._over = (kind, message)
        for block in list(self._blocks):
            block.end(ProxyError(kind, message))

    @asynccontextmanager
    async def _block(self) -> AsyncIterator["_Block"]:
        if self._over is not None:
            raise ProxyError(*self._over)
        task = asyncio.current_task()
        assert task is not None, "a call is served in a task"
        block = _Block(task)
        self._blocks.add(block)
        try:
            yield block
        except asyncio.CancelledError:
            if block.reason is None or task.uncancel() > 0:
                raise
            raise block.reason from None
        finally:
            self._blocks.discard(block)


class _Block:
    def __init__(self, task: asyncio.Task[object]) -> None:
        self._task = task
        self.reason: ProxyError | None = None

    async def watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end(ProxyError(Kind.CANCELLED, "the caller left"))

    def end(self, reason: ProxyError) -> None:
        if self.reason is None:
            self.reason = reason
            self._task.cancel()
