"""Any order of verbs means the same on SQLite and on Redis as in memory, to the last digit and the last line.

Redis is given the time by hand, too: its scripts are changed to read it from a key, and to let no debt end by its clock.
"""

import asyncio
import hashlib

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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
from tests.support.redisserver import shared

ACCOUNTS = ("credits:acme", "credits:beta", "budget:k")
HOLDS = st.sampled_from([f"h{n}" for n in range(8)])
AMOUNTS = st.one_of(st.integers(0, 12), st.sampled_from([2**53 - 1, 2**40]))


def holds():
    return st.builds(
        Hold,
        HOLDS,
        st.sampled_from(ACCOUNTS),
        AMOUNTS,
        st.sampled_from([10.0, 1000.0]),
        st.sampled_from([None, None, 0, 5, 20]),
    )


LIMITS = {"a": 1, "b": 7, "c": 10}
WANTS = st.builds(
    lambda name, amount: Want(name, LIMITS[name], amount),
    st.sampled_from(list(LIMITS)),
    st.integers(0, 12),
)
CORRECTIONS = st.builds(
    lambda name, more: Correction(name, LIMITS[name], more),
    st.sampled_from(list(LIMITS)),
    st.one_of(st.integers(-12, 12), st.just(10_000)),
)
SETTLEMENTS = st.builds(Settlement, HOLDS, AMOUNTS, st.sampled_from(["", "x"]))
ROWS = st.builds(
    lambda name, at, team, cost: CallRow(
        name, at, "chat", "a", "a", "t", "served", 200, False, team=team, cost_micros=cost
    ),
    st.sampled_from([f"c{n}" for n in range(5)]),
    st.sampled_from([0.0, 1.5, 86_399.0, 86_400.0, 200_000.0]),
    st.sampled_from(["", "acme"]),
    st.integers(0, 100),
)


class Machine(RuleBasedStateMachine):
    """Says each thing to memory and to another store, and compares the answers."""

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = HandClock()
        self.model = MemoryStore(self.clock)

    @initialize()
    def begin(self):
        self.other = self.make()
        self.do(self.other.open())

    def teardown(self):
        if hasattr(self, "other"):
            self.do(self.other.close())
        self.runner.close()

    def do(self, coroutine):
        return self.runner.run(coroutine)

    def both(self, verb, *arguments, **named):
        expected = self.do(getattr(self.model, verb)(*arguments, **named))
        found = self.do(getattr(self.other, verb)(*arguments, **named))

        assert found == expected
        return found

    def tick(self):
        """Tell the other store the time where it does not look itself."""

    @rule(
        account=st.sampled_from(ACCOUNTS[:2]),
        amount=st.one_of(st.integers(-8, 20), st.just(2**53 - 1)),
        ref=st.sampled_from([f"g{n}" for n in range(6)]),
    )
    def grant(self, account, amount, ref):
        self.both("grant", account, amount, ref, "note")

    @rule(
        wants=st.lists(WANTS, max_size=3).map(tuple),
        held=st.lists(holds(), max_size=3).map(tuple),
        spare=st.lists(WANTS, max_size=2).map(tuple),
    )
    def admit(self, wants, held, spare):
        self.both("admit", Ask(wants, held, spare))

    @rule(settlements=st.lists(SETTLEMENTS, max_size=3))
    def settle(self, settlements):
        self.both("settle", settlements)

    @rule(
        ends=st.lists(
            st.builds(
                Conclusion,
                st.lists(SETTLEMENTS, max_size=2).map(tuple),
                st.lists(CORRECTIONS, max_size=2).map(tuple),
                st.one_of(st.none(), ROWS),
            ),
            max_size=3,
        )
    )
    def conclude(self, ends):
        self.both("conclude", ends)

    @rule(seconds=st.sampled_from([0.000001, 0.5, 3.0, 11.0, 60.0, 5000.0, -30.0]))
    def time_passes(self, seconds):
        self.clock.at += seconds
        self.tick()

    @rule()
    def sweep(self):
        self.both("sweep")

    @rule(since=st.sampled_from([0.0, 1.0, 86_400.0]), until=st.sampled_from([86_400.0, 1e9]))
    def add_up(self, since, until):
        self.both("sums", By.TEAM, Finding(since, until))
        self.both("rows", Finding(since, until, team="acme"))

    @invariant()
    def every_account_adds_up(self):
        if not hasattr(self, "other"):
            return
        for account in ACCOUNTS:
            balance = self.both("balance", account)

            assert balance.held >= 0
            assert balance.spent >= 0
            if account.startswith("credits"):
                assert balance.held + balance.spent <= max(balance.granted, 20)

    def lines(self, store):
        return [
            (line.account, line.kind, line.amount, line.ref, line.note, line.shortfall)
            for line in self.do(store.entries(limit=10_000))
        ]

    @rule()
    def compare_the_ledgers(self):
        assert self.lines(self.other) == self.lines(self.model)
        assert self.do(self.other.check()) == self.do(self.model.check()) == []


def run(machine, examples):
    machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=25)
    machine.TestCase("runTest").runTest()


def test_sqlite_is_as_memory(tmp_path):
    count = iter(range(10**6))

    class OnSqlite(Machine):
        def make(self):
            return SqliteStore(str(tmp_path / f"{next(count)}.db"), self.clock)

    run(OnSqlite, 30)


@pytest.fixture
def told_the_time(monkeypatch):
    for name, script in vars(scripts).copy().items():
        if isinstance(script, Script):
            text = script.text.replace(
                "redis.call('TIME')", "redis.call('LRANGE', root .. ':clock', 0, 1)"
            ).replace(", 'PX', int(milliseconds))", ")")
            digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
            monkeypatch.setattr(scripts, name, Script(text, digest))


def test_redis_is_as_memory(told_the_time, patient):
    server = shared()

    class OnRedis(Machine):
        def make(self):
            server.flush()
            self.tick()
            return RedisStore(parse(server.url + "?rows=1000000h"))

        def tick(self):
            seconds, micros = divmod(int(self.clock.at * 1e6), 1_000_000)
            server.call("DEL", "{firstbyte}:clock")
            server.call("RPUSH", "{firstbyte}:clock", seconds, micros)

    run(OnRedis, 30)
