"""What Redis does beyond the contract: it shares a server, keeps rows for a while, and refuses a newer version's keys."""

import asyncio

import pytest

from proxy.store.records import Ask, By, CallRow, Conclusion, Document, Finding, Hold, Table, Want
from proxy.store.redis import store as module
from proxy.store.redis.address import parse
from proxy.store.redis.store import RedisStore
from proxy.store.store import StoreError
from tests.support.patience import PATIENT
from tests.support.redisserver import shared


@pytest.fixture
def server():
    found = shared()
    found.flush()
    return found


async def opened(server, options=""):
    store = RedisStore(parse(server.url + options), patience=PATIENT)
    await store.open()
    return store


def call(name, at, **given):
    return CallRow(name, at, "chat", "a", "a", "t", "served", 200, False, **given)


def now(server):
    seconds, micros = server.call("TIME")
    return int(seconds) + int(micros) / 1e6


async def test_deployments_share_a_server_by_their_prefixes(server):
    one, other = await opened(server, "?prefix=one"), await opened(server, "?prefix=other")
    await one.insert(Table.KEYS, Document("k1", {}))
    await one.grant("credits:acme", 5, "g1")
    found = await other.get(Table.KEYS, "k1"), await other.entries()
    await one.close()
    await other.close()

    assert found == (None, [])
    assert {key.split(b":")[0] for key in server.call("KEYS", "*")} == {b"{one}", b"{other}"}


async def test_keys_of_a_newer_version_are_refused(server):
    server.call("SET", "{firstbyte}:version", "99")
    with pytest.raises(StoreError, match=r"version 99.*knows 1.*newer"):
        await opened(server)


async def test_a_store_that_is_not_open_says_so(server):
    with pytest.raises(StoreError, match="is not open"):
        await RedisStore(parse(server.url)).balance("credits:acme")


async def test_a_server_that_is_not_there_is_told_at_once_and_without_its_password():
    store = RedisStore(parse("redis://user:secret-word@127.0.0.1:1/0"))
    with pytest.raises(StoreError) as caught:
        await store.open()
    await store.close()

    assert "redis://127.0.0.1:1 does not answer" in str(caught.value)
    assert "secret-word" not in str(caught.value)


async def test_a_verb_of_a_call_is_one_round_trip(server):
    store = await opened(server)
    await store.grant("credits:acme", 5, "g1")
    ask = Ask((Want("a", 10, 1), Want("b", 10, 1)), (Hold("h1", "credits:acme", 1, 60),))
    before = commands(server)
    await store.admit(ask)
    await store.conclude([Conclusion(row=call("c1", now(server)))] * 3)
    after = commands(server)
    await store.close()

    assert after - before == 2


def commands(server):
    """How many scripts it was asked for, whether it knew them or not."""
    stats = server.call("INFO", "commandstats")
    return sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("evalsha", "eval")) - (
        server.call("INFO", "errorstats").get("errorstat_NOSCRIPT", {}).get("count", 0)
    )


async def test_rows_end_and_the_sums_of_their_days_stay(server):
    store = await opened(server, "?rows=100ms")
    at = now(server)
    row = call("c1", at, team="acme", job="j1", cost_micros=5)
    await store.conclude([Conclusion(row=row)])

    async def ended():
        await store.sweep()
        return await store.rows(Finding()) == []

    deadline = asyncio.get_running_loop().time() + 30
    while not await ended():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    sums = await store.sums(By.TEAM, Finding())
    left = {key.decode() for key in server.call("KEYS", "*") if b"row" in key}
    await store.close()

    assert [(each.group, each.calls, each.cost_micros) for each in sums] == [("acme", 1, 5)]
    assert left == set()


async def test_rows_beyond_one_part_are_fetched_in_several(server, monkeypatch):
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 2)
    store = await opened(server)
    await store.conclude(
        [Conclusion(row=call(f"c{n}", 10.0 + n, key=f"k{n % 2}")) for n in range(7)]
    )
    rows = await store.rows(Finding(key="k1"), limit=100)
    some = await store.rows(Finding(since=11.0, until=15.0))
    await store.close()

    assert [row.id for row in rows] == ["c1", "c3", "c5"]
    assert [row.id for row in some] == ["c1", "c2", "c3", "c4"]


async def test_limits_that_are_owed_off_leave_nothing_behind(server):
    store = await opened(server)
    await store.admit(Ask((Want("slow", 10, 10),)))
    there = server.call("PTTL", "{firstbyte}:limit:slow")
    await store.close()

    assert 0 < there <= 60_002


async def test_a_board_ends_with_its_last_note(server):
    store = await opened(server)
    await store.put("circuit:a", b"1", 3600)
    await store.put("circuit:b", b"1", 1)
    lasts = server.call("PTTL", "{firstbyte}:board:circuit")
    await store.close()

    # Some of it has passed by then, on this machine or another.
    assert 3_000_000 < lasts <= 3_600_000
