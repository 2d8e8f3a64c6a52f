"""What becomes of the verbs when Redis dies, freezes, is demoted, full, emptied or slow: how fast, and how it ends.

Every test has a server of its own and breaks it.
"""

import asyncio
import statistics
from contextlib import contextmanager

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, SlotNotCoveredError

from proxy.core.clock import SystemClock
from proxy.store.patience import PATIENCE
from proxy.store.records import (
    Ask,
    Balance,
    CallRow,
    Conclusion,
    Document,
    Finding,
    Granted,
    Hold,
    Settlement,
    Short,
    Table,
)
from proxy.store.redis import link as module
from proxy.store.redis import scripts
from proxy.store.redis.address import parse
from proxy.store.redis.connect import CONNECTIONS
from proxy.store.redis.link import SHARE, Link
from proxy.store.redis.store import RedisStore
from proxy.store.store import StoreError
from tests.support.moods import LoopTime
from tests.support.patience import PATIENT
from tests.support.redisserver import RedisServer

FIRST = 2.0
"""Seconds: a quarter of one is promised, and this machine may be busy. Without a server, on a loop's own time, it is exact."""
BEHIND = 0.1


@pytest.fixture
def server():
    # With `everysec` a write may wait for two seconds behind a slow disk, and a killed server takes it along.
    made = RedisServer("--appendfsync", "always").start()
    yield made
    made.end()


class Opened:
    """A store with ten credits."""

    def __init__(self, server):
        self.store = RedisStore(parse(server.url), patience=PATIENT)

    async def __aenter__(self):
        await self.store.open()
        await self.store.grant("credits:acme", 10, "g1")
        return self.store

    async def __aexit__(self, *_):
        await self.store.close()


@contextmanager
def frozen(server, store):
    """Meanwhile it answers nothing, and nobody waits for it longer than they usually do."""
    link = store._link
    patient, link._patience = link._patience, PATIENCE * SHARE
    server.freeze()
    try:
        yield
    finally:
        server.thaw()
        link._patience = patient


def spend(name):
    return Ask(holds=(Hold(name, "credits:acme", 1, 60),))


async def fails(store, name="h"):
    """Seconds until a spend fails."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(StoreError):
        await store.admit(spend(name))
    return loop.time() - began


async def recovers(store, within=60.0):
    """Spend until it goes."""
    loop = asyncio.get_running_loop()
    until = loop.time() + within
    while True:
        try:
            return await store.admit(spend("recovered"))
        except StoreError:
            assert loop.time() < until, "it did not recover"
            await asyncio.sleep(0.01)


async def opens_its_breaker(store):
    """The first failures cost a little, the further ones nothing."""
    first = [await fails(store) for _ in range(3)]
    behind = [await fails(store) for _ in range(50)]

    assert statistics.median(first) < FIRST
    assert statistics.median(behind) < BEHIND


async def test_a_killed_server_fails_fast_and_comes_back_with_everything(server):
    async with Opened(server) as store:
        await store.admit(spend("before"))
        server.kill()
        await opens_its_breaker(store)
        server.restart()

        assert isinstance(await recovers(store), Granted)
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 2)
        assert await store.check() == []


async def test_a_frozen_server_costs_its_first_callers_a_quarter_of_a_second(server):
    async with Opened(server) as store:
        await store.admit(spend("before"))
        with frozen(server, store):
            await opens_its_breaker(store)

        assert isinstance(await recovers(store), Granted)
        # Those that were given up may have been taken; saying them again is safe and takes nothing more.
        await store.admit(spend("h"))
        assert (await store.balance("credits:acme")).held == 3
        assert await store.check() == []


async def test_many_at_once_wait_no_longer_than_one(server, monkeypatch):
    async with Opened(server) as store:
        tried, plain = [], store._link._try
        monkeypatch.setattr(store._link, "_try", lambda *it: tried.append(it) or plain(*it))
        with frozen(server, store):
            await asyncio.gather(*(fails(store, f"h{n}") for n in range(200)))

        # Whoever stood in line for a connection does not wait once more; on a busy machine somebody looks again meanwhile.
        assert CONNECTIONS <= len(tried) < 2 * CONNECTIONS
        assert isinstance(await recovers(store), Granted)


async def test_a_look_at_a_frozen_server_holds_nobody_up(server):
    async with Opened(server) as store:
        with frozen(server, store):
            await opens_its_breaker(store)
            # A second later somebody looks again, and whoever comes meanwhile is refused as fast.
            store._link._breaker._until = 0.0
            looks = [await fails(store) for _ in range(20)]

        assert store._link._breaker.is_open
        assert statistics.median(looks) < BEHIND
        assert isinstance(await recovers(store), Granted)


async def test_a_server_that_is_back_serves_the_first_who_asks(server, monkeypatch):
    async with Opened(server) as store:
        server.kill()
        await opens_its_breaker(store)
        server.restart()
        store._link._breaker._until = 0.0
        # Between busy tests a connection may take longer than a glance.
        monkeypatch.setattr(module, "GLANCE", PATIENT)

        assert isinstance(await store.admit(spend("first")), Granted)


async def test_a_replica_refuses_to_write_and_still_reads(server):
    async with Opened(server) as store:
        await store.insert(Table.KEYS, Document("k1", {}))
        server.call("REPLICAOF", "127.0.0.1", "1")
        with pytest.raises(StoreError, match="refused: ReadOnlyError: You can't write"):
            await store.admit(spend("h1"))
        took = [await fails(store) for _ in range(10)]

        assert statistics.median(took) < FIRST
        assert (await store.get(Table.KEYS, "k1")).id == "k1"
        assert await store.balance("credits:acme") == Balance("credits:acme", 10)
        server.call("REPLICAOF", "NO", "ONE")
        assert isinstance(await store.admit(spend("h1")), Granted)
        assert await store.check() == []


async def test_a_full_server_refuses_whole_asks_and_says_why(server):
    async with Opened(server) as store:
        await store.admit(spend("h0"))
        server.call("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(StoreError, match="refused: OutOfMemoryError: command not allowed"):
            await store.admit(spend("h1"))
        with pytest.raises(StoreError, match="refused: OutOfMemoryError: command not allowed"):
            await store.conclude([Conclusion((Settlement("h0", 1),))])
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 1)
        server.call("CONFIG", "SET", "maxmemory", "0")

        assert isinstance(await store.admit(spend("h1")), Granted)
        assert await store.check() == []


async def test_a_server_that_forgot_its_scripts_is_told_them_again(server):
    async with Opened(server) as store:
        for n in range(3):
            server.call("SCRIPT", "FLUSH")
            await store.admit(spend(f"h{n}"))
        await store.close()
        await store.open()

        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 3)


async def test_an_emptied_server_grants_nothing(server):
    async with Opened(server) as store:
        server.flush()

        assert await store.admit(spend("h1")) == Short("credits:acme", 0)
        assert await store.get(Table.KEYS, "k1") is None
        assert "lost its data" in (await store.check())[0]


async def test_a_script_that_ran_although_nobody_waited_is_not_run_twice(server):
    async with Opened(server) as store:
        await store.admit(spend("h1"))
        # A script that the server does not know yet would not run.
        await store.conclude([Conclusion()])
        end = Conclusion((Settlement("h1", 1),), row=CallRow("c1", 1.0, *["x"] * 5, 200, False))
        with frozen(server, store), pytest.raises(StoreError, match="`store_timeout`"):
            await store.conclude([end])
        # What it was sent it reads when it is back.
        while await store.rows(Finding()) == []:
            await asyncio.sleep(0.01)
        await store.conclude([end])

        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 0, 1)
        assert len(await store.rows(Finding())) == 1
        assert await store.check() == []


async def test_spends_through_several_deaths_are_neither_lost_nor_doubled(server):
    async with Opened(server) as store:
        await store.grant("credits:acme", 990, "g2")
        granted = set()

        async def spender(which):
            for n in range(40):
                name = f"h{which}-{n}"
                while name not in granted:
                    try:
                        await store.admit(spend(name))
                        await store.settle([Settlement(name, 1)])
                        granted.add(name)
                    except StoreError:
                        await asyncio.sleep(0.01)

        async def killer():
            for part in (40, 120, 200):
                while len(granted) < part:
                    await asyncio.sleep(0)
                server.kill()
                await asyncio.to_thread(server.restart)

        await asyncio.gather(killer(), *(spender(which) for which in range(8)))

        assert await store.balance("credits:acme") == Balance("credits:acme", 1000, 0, 320)
        assert await store.check() == []


class Still:
    """A client whose server says nothing."""

    async def execute_command(self, *_):
        await asyncio.Event().wait()

    async def aclose(self):
        pass


@pytest.mark.virtual_time
async def test_a_call_waits_less_than_its_patience_and_behind_the_breaker_for_a_glance(monkeypatch):
    monkeypatch.setattr(module.connect, "client", lambda *_: Still())
    link = Link(parse("redis://h"), LoopTime(), 0.6)
    clock, took = LoopTime(), []
    for _ in range(5):
        began = clock.now()
        with pytest.raises(StoreError, match=r"redis://h:6379 does not answer") as caught:
            await link.say("GET", "x")
        took.append((round(clock.now() - began, 6), str(caught.value)))
        await asyncio.sleep(module.LONG)
    await link.close()

    late = "redis://h:6379 does not answer: not within 0.5 s (`store_timeout`)"
    assert took[:3] == [(0.5, late)] * 3
    assert {seconds for seconds, _ in took[3:]} == {module.GLANCE}


@pytest.mark.virtual_time
@pytest.mark.parametrize(("patience", "seconds"), [(0.3, module.LONG), (30, 30)])
async def test_what_no_call_waits_for_has_more_time(monkeypatch, patience, seconds):
    monkeypatch.setattr(module.connect, "client", lambda *_: Still())
    clock = LoopTime()
    link = Link(parse("redis://h"), clock, patience)
    with pytest.raises(StoreError):
        await link.say("GET", "x", is_long=True)
    await link.close()

    assert clock.now() == pytest.approx(seconds)


class Gone(Still):
    """A client that the library tells the same of every command."""

    def __init__(self, error):
        self.error = error

    async def execute_command(self, *_):
        raise self.error


@pytest.mark.virtual_time
@pytest.mark.parametrize("kind", [RedisConnectionError, RedisClusterException, SlotNotCoveredError])
async def test_whatever_the_library_calls_it_a_server_that_is_away_is_one(monkeypatch, kind):
    client = Gone(kind("nobody there"))
    monkeypatch.setattr(module.connect, "client", lambda *_: client)
    link, said = Link(parse("redis+cluster://h"), LoopTime()), []
    for _ in range(4):
        with pytest.raises(StoreError) as caught:
            await link.say("GET", "x")
        said.append(str(caught.value))
    was_open = link._breaker.is_open
    await asyncio.sleep(2.0)
    with pytest.raises(StoreError):
        await link.say("GET", "x")
    await link.close()

    away = "redis+cluster://h:6379 does not answer"
    assert said == [f"{away}: {kind.__name__}: nobody there"] * 3 + [
        f"{away}; is it running and reachable?"
    ]
    assert was_open
    assert link._breaker.is_open


@pytest.mark.virtual_time
async def test_a_client_that_cannot_let_go_of_a_cluster_that_is_away_is_let_go(monkeypatch):
    client = Gone(RedisClusterException("nobody there"))
    monkeypatch.setattr(client, "aclose", client.execute_command, raising=False)
    monkeypatch.setattr(module.connect, "client", lambda *_: client)

    assert await Link(parse("redis+cluster://h"), LoopTime()).close() is None


async def test_what_the_server_refuses_names_it_and_one_line_of_why(server):
    link = Link(parse(server.url.replace("redis://", "redis://:secret-word@")), SystemClock())
    with pytest.raises(StoreError) as caught:
        await link.say("GET", "x")
    await link.close()

    assert f"redis://127.0.0.1:{server.port}" in str(caught.value)
    assert "secret-word" not in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_more_at_once_than_there_are_connections_take_turns(server):
    link = Link(parse(server.url), SystemClock(), PATIENT)
    done = await asyncio.gather(*(link.run(scripts.OPEN, 1) for _ in range(500)))
    clients = server.call("INFO", "clients")["connected_clients"]
    await link.close()

    assert done == [1] * 500
    assert clients <= 33


async def test_whoever_leaves_while_waiting_harms_nobody(server):
    link = Link(parse(server.url), SystemClock(), PATIENT)
    asking = [asyncio.ensure_future(link.run(scripts.OPEN, 1)) for _ in range(100)]
    for n in range(20):
        await asyncio.sleep(0)
        asking[n * 5].cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    answers = await asyncio.gather(*(link.say("GET", link.key("version")) for _ in range(100)))
    await link.close()

    assert set(answers) == {b"1"}
    assert not link._breaker.is_open
