"""Any order of verbs means the same on SQLite and on Redis as in memory, to the last digit and the last line.

Redis is given the time by hand, too: its scripts are changed to read it from a key, and to let no debt end by its clock.
"""

import asyncio
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.store.memory import MemoryStore
from proxy.store.records import (
    Ask,
    By,
    CallRow,
    Conclusion,
    Correction,
    Finding,
    Hold,
    Settlement,
    Want,
)
from proxy.store.redis import scripts
from proxy.store.redis.address import parse
from proxy.store.redis.scripts import Script
from proxy.store.redis.store import RedisStore
from proxy.store.sqlite.store import SqliteStore
from tests.store.conftest import HandClock
from tests.support.patience import PATIENT
from tests.support.redisserver import shared

ACCOUNTS = ("credits:acme", "credits:beta", "budget:k")
MOST_CEILING = 20
AGO = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 4])
"""Which hold is meant: one that is new, or the last, or one of those before it."""
AMOUNTS = st.sampled_from([0, 1, 1, 2, 3, 4, 5, 6, 12, 2**40, 2**53 - 1])
HOLDS = st.tuples(
    AGO,
    st.sampled_from(ACCOUNTS),
    AMOUNTS,
    st.sampled_from([10.0, 1000.0]),
    st.sampled_from([None, None, 0, 5, MOST_CEILING]),
)
SETTLEMENTS = st.tuples(AGO.map(lambda ago: max(ago, 1)), AMOUNTS, st.sampled_from(["", "x"]))

LIMITS = {"a": 1, "b": 7, "c": 10}
WANTS = st.builds(
    lambda name, amount: Want(name, LIMITS[name], amount),
    st.sampled_from(list(LIMITS)),
    st.integers(0, 4),
)
CORRECTIONS = st.builds(
    lambda name, more: Correction(name, LIMITS[name], more),
    st.sampled_from(list(LIMITS)),
    st.sampled_from([-12, -3, -1, 0, 1, 5, 10_000]),
)
ROWS = st.builds(
    lambda name, at, team, cost: CallRow(
        name, at, "chat", "a", "a", "t", "served", 200, False, team=team, cost_micros=cost
    ),
    st.sampled_from([f"c{n}" for n in range(5)]),
    st.sampled_from([0.0, 1.5, 86_399.0, 86_400.0, 200_000.0]),
    st.sampled_from(["", "acme"]),
    st.integers(0, 100),
)

GRANT = st.tuples(
    st.just("grant"),
    st.sampled_from(ACCOUNTS[:2]),
    st.sampled_from([-8, -1, 0, 3, 20, 2**53 - 1]),
    st.sampled_from([f"g{n}" for n in range(6)]),
)
SET_ASIDE = st.tuples(
    st.just("admit"), st.just(()), st.lists(HOLDS, min_size=1, max_size=2), st.just(())
)
ADMIT = st.tuples(
    st.just("admit"),
    st.lists(WANTS, min_size=1, max_size=3).map(tuple),
    st.lists(HOLDS, max_size=2),
    st.lists(WANTS, max_size=2).map(tuple),
)
SETTLE = st.tuples(st.just("settle"), st.lists(SETTLEMENTS, min_size=1, max_size=2))
CONCLUDE = st.tuples(
    st.just("conclude"),
    st.lists(
        st.tuples(
            st.lists(SETTLEMENTS, max_size=2),
            st.lists(CORRECTIONS, max_size=2).map(tuple),
            st.one_of(st.none(), ROWS),
        ),
        min_size=1,
        max_size=2,
    ),
)
WAIT = st.tuples(st.just("wait"), st.sampled_from([0.000001, 0.5, 3.0, 60.0, -30.0]))
SWEEP = st.tuples(st.just("sweep"), st.sampled_from([0.0, 10.0, 10.0, 1000.0]))
LOOK = st.tuples(
    st.just("look"), st.sampled_from([0.0, 1.0, 86_400.0]), st.sampled_from([86_400.0, 1e9])
)
STEPS = st.lists(
    st.one_of(SET_ASIDE, SET_ASIDE, SETTLE, CONCLUDE, SWEEP, ADMIT, GRANT, WAIT, LOOK),
    min_size=20,
    max_size=40,
)


class Both:
    """Says each thing to memory and to another store, and compares the answers."""

    def __init__(self, clock, other, tick):
        self.clock = clock
        self.model = MemoryStore(clock)
        self.other = other
        self.tick = tick
        self.count = 0

    async def ask(self, verb, *arguments):
        expected = await getattr(self.model, verb)(*arguments)
        found = await getattr(self.other, verb)(*arguments)

        assert found == expected
        return found

    def meant(self, kind, parts):
        """Holds or settlements, each under the name that is meant now."""
        return tuple(kind(f"h{max(0, self.count - ago)}", *rest) for ago, *rest in parts)

    async def grant(self, account, amount, ref):
        await self.ask("grant", account, amount, ref, "note")

    async def admit(self, wants, holds, spare):
        await self.ask("admit", Ask(wants, self.meant(Hold, holds), spare))
        self.count += 1

    async def settle(self, settlements):
        await self.ask("settle", self.meant(Settlement, settlements))

    async def conclude(self, ends):
        told = [
            Conclusion(self.meant(Settlement, settlements), corrections, row)
            for settlements, corrections, row in ends
        ]
        await self.ask("conclude", told)

    async def wait(self, seconds):
        self.clock.at += seconds
        self.tick()

    async def sweep(self, seconds):
        await self.wait(seconds)
        await self.ask("sweep")

    async def look(self, since, until):
        await self.ask("sums", By.TEAM, Finding(since, until))
        await self.ask("rows", Finding(since, until, team="acme"))

    async def run(self, steps):
        await self.other.open()
        try:
            for account in ACCOUNTS[:2]:
                await self.grant(account, 20, "first")
            for verb, *arguments in steps:
                await getattr(self, verb)(*arguments)
            await self.compare_the_ledgers()
        finally:
            await self.other.close()

    async def compare_the_ledgers(self):
        for account in ACCOUNTS:
            balance = await self.ask("balance", account)

            assert balance.held >= 0
            assert balance.spent >= 0
            assert balance.held + balance.spent <= max(balance.granted, MOST_CEILING)
        assert await lines(self.other) == await lines(self.model)
        assert await self.other.check() == await self.model.check() == []


async def lines(store):
    return [
        (line.account, line.kind, line.amount, line.ref, line.note, line.shortfall)
        for line in await store.entries(limit=10_000)
    ]


def test_sqlite_is_as_memory(tmp_path):
    count = iter(range(10**6))

    @settings(max_examples=30)
    @given(STEPS)
    def holds(steps):
        clock = HandClock()
        store = SqliteStore(str(tmp_path / f"{next(count)}.db"), clock, PATIENT)
        asyncio.run(Both(clock, store, lambda: None).run(steps))

    holds()


@pytest.fixture
def told_the_time(monkeypatch):
    for name, script in vars(scripts).copy().items():
        if isinstance(script, Script):
            text = script.text.replace(
                "redis.call('TIME')", "redis.call('LRANGE', root .. ':clock', 0, 1)"
            ).replace(", 'PX', int(milliseconds))", ")")
            digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            monkeypatch.setattr(scripts, name, Script(text, digest))


def test_redis_is_as_memory(told_the_time):
    server = shared()

    @settings(max_examples=30)
    @given(STEPS)
    def holds(steps):
        clock = HandClock()

        def tick():
            seconds, micros = divmod(int(clock.at * 1e6), 1_000_000)
            connection.execute_command("DEL", "{firstbyte}:clock")
            connection.execute_command("RPUSH", "{firstbyte}:clock", seconds, micros)

        with server.connected() as connection:
            connection.flushall()
            tick()
            store = RedisStore(parse(server.url + "?rows=1000000h"), patience=PATIENT)
            asyncio.run(Both(clock, store, tick).run(steps))

    holds()
