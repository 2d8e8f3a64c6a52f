import pytest

from proxy.core.clock import SystemClock
from proxy.store.records import Ask, Hold
from proxy.store.redis import audit
from proxy.store.redis.address import parse
from proxy.store.redis.store import RedisStore
from tests.support.patience import PATIENT
from tests.support.redisserver import shared


@pytest.fixture
def server():
    found = shared()
    found.flush()
    yield found
    found.call(
        "CONFIG", "SET", "appendonly", "yes", "maxmemory", "0", "maxmemory-policy", "noeviction"
    )


async def checked(server, *commands):
    store = RedisStore(parse(server.url), SystemClock(), PATIENT)
    await store.open()
    await store.grant("credits:acme", 5, "g1")
    await store.admit(Ask(holds=(Hold("h1", "credits:acme", 2, 60),)))
    for command in commands:
        server.call(*command)
    wrong = await store.check()
    await store.close()
    return wrong


async def test_sums_that_do_not_add_up_are_told(server):
    wrong = await checked(server, ("HSET", "{firstbyte}:account:credits:acme", "held", "1"))

    assert len(wrong) == 2
    assert wrong[0].startswith("credits:acme: granted, held and spent are (5, 1, 0), and")
    assert wrong[1] == "credits:acme: 1 is held, and its open holds come to 2"


async def test_lines_are_read_in_parts(server, monkeypatch):
    monkeypatch.setattr(audit, "AT_ONCE", 1)

    assert await checked(server) == []


async def test_a_redis_that_forgets_at_a_restart_is_told(server):
    (wrong,) = await checked(server, ("CONFIG", "SET", "appendonly", "no"))

    assert "appendonly yes" in wrong


async def test_a_redis_that_may_drop_balances_is_told(server):
    limits = ("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
    (wrong,) = await checked(server, limits)

    assert "noeviction" in wrong


async def test_a_redis_that_was_emptied_is_told(server):
    (wrong,) = await checked(server, ("FLUSHALL",))

    assert "lost its data" in wrong


async def test_keys_of_another_version_are_told(server):
    (wrong,) = await checked(server, ("SET", "{firstbyte}:version", "99"))

    assert wrong == "its keys are of version 99, and this Firstbyte knows 1"
