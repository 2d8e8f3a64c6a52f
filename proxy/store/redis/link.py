"""The way to Redis: one command or script at a time, within a budget of time, behind the breaker.

Invariant: what leaves this file is an answer or a `StoreError` that names the server and no credential; nothing is sent
twice but a script that the server did not know and so did not run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    NoScriptError,
    ReadOnlyError,
    RedisClusterException,
    RedisError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

from proxy.core.clock import Clock
from proxy.store.patience import PATIENCE, within
from proxy.store.redis import connect
from proxy.store.redis.address import RedisAddress
from proxy.store.redis.breaker import Breaker
from proxy.store.redis.scripts import Script
from proxy.store.store import StoreError

SHARE: Final = 5 / 6
"""Of a call's patience that which is ours: this message names the server, so it should be the first."""
LONG: Final = 2.0
"""Seconds at least for one part of what an operator asks."""
PARTING: Final = 0.25
"""Seconds for letting go of connections."""
GLANCE: Final = 0.004
"""Seconds that a caller waits for a look at a server that was away."""

_AWAY: Final = (
    RedisConnectionError,
    RedisTimeoutError,
    # No node of a cluster answers, or nobody serves our part of it; the library counts it among no other errors.
    RedisClusterException,
    TimeoutError,
    OSError,
)


class Link:
    """A client and its breaker.

    Args:
        address: Where the server is.
        clock: Time.
        patience: Seconds that a call waits for the store as a whole.
    """

    def __init__(self, address: RedisAddress, clock: Clock, patience: float = PATIENCE) -> None:
        self._address = address
        self._root = f"{{{address.prefix}}}"
        self._patience = patience * SHARE
        self._long = max(LONG, patience)
        self._client = connect.client(address, self._patience)
        self._breaker = Breaker(clock.now)
        self._places = asyncio.Semaphore(connect.CONNECTIONS)
        self._look: asyncio.Future[None] | None = None

    def key(self, *parts: str) -> str:
        """A key of this deployment."""
        return ":".join((self._root, *parts))

    async def run(
        self, script: Script, *arguments: str | bytes | float, is_long: bool = False
    ) -> Any:
        """Run a script; `is_long` for what no call waits for.

        Raises:
            StoreError: it gave no answer in time, or one that it cannot; it may have run.
        """

        async def ask() -> Any:
            given = (1, self._root, *arguments)
            try:
                return await self._client.execute_command("EVALSHA", script.digest, *given)
            except NoScriptError:
                return await self._client.execute_command("EVAL", script.text, *given)

        return await self._within(ask, is_long=is_long)

    async def say(self, *command: str | bytes | float, is_long: bool = False) -> Any:
        """One plain command.

        Raises:
            StoreError: as `run`.
        """
        return await self._within(lambda: self._client.execute_command(*command), is_long=is_long)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._look is not None:
            self._look.cancel()
            await asyncio.wait({self._look})
        try:
            async with asyncio.timeout(PARTING):
                await connect.close(self._client)
        except (RedisError, *_AWAY):
            return

    async def _within(self, ask: Callable[[], Awaitable[Any]], *, is_long: bool) -> Any:
        if self._breaker.is_open:
            await self._glance()
        async with self._places:
            # Whoever stood in line behind the failures need not find out again.
            self._refuse_while_open()
            return await self._try(self._long if is_long else self._patience, ask)

    async def _try(self, patience: float, ask: Callable[[], Awaitable[Any]]) -> Any:
        try:
            answer = await within(patience, ask())
        except _AWAY as error:
            self._breaker.failed()
            raise self._away(error, patience) from error
        except RedisError as error:
            self._breaker.succeeded()
            await self._refused(error)
            raise StoreError(f"{self._address} refused: {_sentence(error)}") from error
        self._breaker.succeeded()
        return answer

    async def _glance(self) -> None:
        """See whether the server is back; whoever comes meanwhile shares the look, and waits no longer than a glance.

        Raises:
            StoreError: not yet.
        """
        if self._look is None and self._breaker.may_look:
            self._look = asyncio.ensure_future(self._ping())
        if self._look is not None:
            await asyncio.wait({self._look}, timeout=GLANCE)
        self._refuse_while_open()

    def _refuse_while_open(self) -> None:
        if self._breaker.is_open:
            raise StoreError(f"{self._address} does not answer; is it running and reachable?")

    async def _ping(self) -> None:
        try:
            await within(self._patience, self._client.execute_command("GET", self.key("version")))
            self._breaker.succeeded()
        except _AWAY:
            self._breaker.failed()
        except RedisError:
            self._breaker.succeeded()
        finally:
            self._look = None

    async def _refused(self, error: RedisError) -> None:
        if isinstance(error, ReadOnlyError) and self._address.kind == "single":
            # The name may lead to the new primary by now; connections that are open still lead to the old one.
            await self._client.connection_pool.disconnect(inuse_connections=False)

    def _away(self, error: Exception, patience: float) -> StoreError:
        # The end of our own time says nothing by itself.
        late = f"not within {patience:g} s (`store_timeout`)"
        return StoreError(
            f"{self._address} does not answer: {_sentence(error) if str(error) else late}"
        )


def _sentence(error: Exception) -> str:
    """What the library or the server says, in a line; the library takes the server's own code off and has a class for it."""
    said = str(error).partition("\n")[0].partition(" script: ")[0]
    return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__
