"""A store that is away, or hangs, when a test says so; and a clock that tests move."""

import asyncio
from copy import copy

from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError


class Time:
    """Stands still until it is moved; waits end at once, and move it."""

    def __init__(self, wall=1_700_000_000.0):
        self.at = 100.0
        self._behind = wall - self.at

    def now(self):
        return self.at

    def wall(self):
        return self.at + self._behind

    async def sleep(self, seconds):
        self.at += seconds
        await asyncio.sleep(0)


class LoopTime(Time):
    """The running loop's own."""

    def now(self):
        return asyncio.get_running_loop().time()

    def wall(self):
        return self.now() + self._behind

    async def sleep(self, seconds):
        await asyncio.sleep(seconds)


class MoodyStore(MemoryStore):
    """As in memory, and as far away as SQLite's file can be."""

    name = "sqlite"
    admit_at_once = None

    def __init__(self, clock):
        super().__init__(clock)
        self._plain = copy(self)
        self._plain.__class__ = MemoryStore
        self.away = False
        self.hangs = False
        self.asked = []
        """Every verb, in order, those that came to nothing included."""

    def did(self, verb):
        return self.asked.count(verb)

    async def _mood(self, verb):
        self.asked.append(verb)
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise StoreError("the file is on holiday")


def _moody(verb):
    plain = getattr(MemoryStore, verb)

    async def asked(self, *arguments, **named):
        await self._mood(verb)
        # A verb of the store in memory may be made of others, which nobody asked for.
        return await plain(self._plain, *arguments, **named)

    return asked


for _verb in ("get", "marked", "admit", "conclude", "sweep", "put", "note", "drop", "board"):
    setattr(MoodyStore, _verb, _moody(_verb))
