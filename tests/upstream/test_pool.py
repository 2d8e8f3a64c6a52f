import asyncio
import random

import pytest

from proxy.upstream.origin import Origin
from proxy.upstream.pool import AGE_SECONDS, BRIEF, IDLE_MAX, IDLE_SECONDS, Pool

ONE = Origin("http", "one", 80)
TWO = Origin("http", "two", 80)


class Connection:
    """What the pool may know of a connection; closing tells the pool later, as an event loop does."""

    def __init__(self, pool, origin=ONE):
        self.pool = pool
        self.origin = origin
        self.retire_at = self.idle_since = 0.0
        self.usable = self.is_silent = True

    def abort(self):
        if self.usable:
            self.usable = False
            asyncio.get_running_loop().call_soon(self.pool.forget, self)


def pool_with(count, origin=ONE):
    pool = Pool(random.Random(1))
    connections = [Connection(pool, origin) for _ in range(count)]
    for connection in connections:
        pool.admit(connection)
    return pool, connections


@pytest.mark.virtual_time
async def test_the_last_given_is_the_first_taken():
    pool, (first, second, third) = pool_with(3)
    for connection in (first, second):
        pool.give(connection)

    assert (pool.open, pool.idle) == (3, 2)
    assert pool.take(ONE) is second
    assert pool.take(TWO) is None
    pool.give(third)
    assert [pool.take(ONE), pool.take(ONE), pool.take(ONE)] == [third, first, None]
    pool.close()


@pytest.mark.virtual_time
@pytest.mark.parametrize(("idle", "is_taken"), [(0.0, True), (BRIEF, False)])
async def test_who_was_idle_for_long_and_has_heard_something_is_not_taken(idle, is_taken):
    pool, (quiet, told) = pool_with(2)
    pool.give(quiet)
    pool.give(told)
    told.is_silent = False
    await asyncio.sleep(idle)

    assert pool.take(ONE) is (told if is_taken else quiet)
    assert told.usable is is_taken
    pool.close()


@pytest.mark.virtual_time
async def test_idle_connections_are_bounded_and_the_oldest_goes():
    pool, connections = pool_with(IDLE_MAX + 2)
    for connection in connections:
        pool.give(connection)
    await asyncio.sleep(0)

    assert (pool.open, pool.idle) == (IDLE_MAX, IDLE_MAX)
    assert [connection.usable for connection in connections[:3]] == [False, False, True]
    pool.close()


@pytest.mark.virtual_time
async def test_idle_connections_are_closed_on_time_without_traffic():
    pool, (first, second) = pool_with(2)
    pool.give(first)
    await asyncio.sleep(10)
    pool.give(second)
    await asyncio.sleep(IDLE_SECONDS - 10 - 0.1)
    assert pool.open == 2
    await asyncio.sleep(0.2)
    assert (pool.open, first.usable, second.usable) == (1, False, True)
    await asyncio.sleep(10)

    assert (pool.open, pool.idle) == (0, 0)


@pytest.mark.virtual_time
async def test_the_sweep_starts_again_with_the_next_idle_connection():
    for _ in range(2):
        pool, (connection,) = pool_with(1)
        pool.give(connection)
        await asyncio.sleep(IDLE_SECONDS + 1)
        assert pool.open == 0


@pytest.mark.virtual_time
async def test_no_connection_lives_longer_than_its_age_and_ages_differ():
    pool, connections = pool_with(50)
    ages = [connection.retire_at for connection in connections]
    assert len(set(ages)) == 50
    assert AGE_SECONDS * 0.8 <= min(ages) < max(ages) <= AGE_SECONDS * 1.2
    first = connections[0]
    while first.usable:
        pool.give(first)
        assert pool.take(ONE) in (first, None)
        await asyncio.sleep(10)

    loop = asyncio.get_running_loop()
    assert first.retire_at <= loop.time() <= first.retire_at + 20
    pool.close()


@pytest.mark.virtual_time
async def test_a_connection_past_its_age_is_not_kept():
    pool, (connection,) = pool_with(1)
    await asyncio.sleep(AGE_SECONDS * 1.2)
    pool.give(connection)
    await asyncio.sleep(0)

    assert (connection.usable, pool.open, pool.idle) == (False, 0, 0)


@pytest.mark.virtual_time
async def test_one_that_the_server_closed_is_passed_over():
    pool, (first, second) = pool_with(2)
    pool.give(first)
    pool.give(second)
    second.usable = False

    assert pool.take(ONE) is first
    pool.close()


@pytest.mark.virtual_time
async def test_one_that_expired_between_sweeps_is_not_taken():
    pool, (connection,) = pool_with(1)
    pool.give(connection)
    connection.retire_at = asyncio.get_running_loop().time()

    assert pool.take(ONE) is None
    assert not connection.usable
    pool.close()


@pytest.mark.virtual_time
async def test_a_lost_connection_is_forgotten_idle_or_not():
    pool, (first, second) = pool_with(2)
    pool.give(first)
    pool.forget(first)
    pool.forget(second)
    pool.forget(second)

    assert (pool.open, pool.idle) == (0, 0)
    pool.close()


@pytest.mark.virtual_time
async def test_closing_closes_all_and_keeps_no_more():
    pool, (idle, busy) = pool_with(2)
    pool.give(idle)
    pool.close()
    late = Connection(pool)
    pool.give(late)
    await asyncio.sleep(0)

    assert (idle.usable, busy.usable, late.usable, pool.open) == (False, False, False, 0)
