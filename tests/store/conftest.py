import asyncio

import pytest

from proxy.core.clock import SystemClock
from proxy.store.memory import MemoryStore
from proxy.store.redis.address import parse
from proxy.store.redis.store import RedisStore
from proxy.store.sqlite.store import SqliteStore
from tests.support.patience import PATIENT
from tests.support.redisserver import shared


class HandClock(SystemClock):
    """Moves when it is told to."""

    def __init__(self):
        self.at = 1_790_000_000.0

    def wall(self):
        return self.at


class Subject:
    """A store under test, and the time that passes for it."""

    def __init__(self, make, clock=None):
        self.make = make
        self._clock = clock
        self.stores = []

    async def __aenter__(self):
        return await self.another()

    async def another(self):
        """A store over the same data, as another process would open it."""
        store = self.make()
        await store.open()
        self.stores.append(store)
        return store

    async def __aexit__(self, *_):
        for store in self.stores:
            await store.close()

    def about(self, seconds):
        """So many, less what passes meanwhile where the clock is a server's."""
        return pytest.approx(seconds, abs=1e-3 if self._clock is not None else seconds / 2)

    async def until(self, condition, seconds=30.0):
        """Let time pass until it holds: by hand where there is a hand, else the real one."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not (found := await condition()):
            if self._clock is not None:
                self._clock.at += 0.01
            assert loop.time() - began < seconds, "it did not happen in time"
            await asyncio.sleep(0.001)
        return found


@pytest.fixture
def hand_clock():
    return HandClock()


def memory(clock, folder):
    store = MemoryStore(clock)
    return Subject(lambda: store, clock)


def sqlite(clock, folder):
    return Subject(lambda: SqliteStore(str(folder / "store.db"), clock, PATIENT), clock)


def redis(clock, folder):
    server = shared()
    server.flush()
    return Subject(lambda: RedisStore(parse(server.url), patience=PATIENT))


KINDS = {"memory": memory, "sqlite": sqlite, "redis": redis}


@pytest.fixture(params=list(KINDS))
def subject(request, hand_clock, tmp_path):
    return KINDS[request.param](hand_clock, tmp_path)
