import asyncio

import pytest

from proxy.gate.sweeper import EVERY, Sweeper
from proxy.store.records import Ask, Hold
from tests.support.moods import LoopTime, MoodyStore


@pytest.mark.virtual_time
async def test_what_nobody_settled_is_released():
    clock = LoopTime()
    store = MoodyStore(clock)
    await store.grant("credits:t", 10, "g")
    await store.admit(Ask(holds=(Hold("h", "credits:t", 4, 5.0),)))
    sweeper = Sweeper(store, clock)
    sweeper.start()
    before = await store.balance("credits:t")
    await asyncio.sleep(EVERY + 1)

    assert (before.held, (await store.balance("credits:t")).held) == (4, 0)
    assert store.did("sweep") == 2
    await sweeper.close()
    await sweeper.close()


@pytest.mark.virtual_time
async def test_a_store_that_is_away_is_swept_later():
    clock = LoopTime()
    store = MoodyStore(clock)
    store.away = True
    sweeper = Sweeper(store, clock)
    sweeper.start()
    await asyncio.sleep(2 * EVERY + 1)

    assert store.did("sweep") == 2
    await sweeper.close()
