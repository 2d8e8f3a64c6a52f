import asyncio

import pytest

from proxy.web.jobs.aside import PATIENCE, Aside


@pytest.mark.virtual_time
async def test_work_goes_on_when_whoever_waits_for_it_leaves():
    aside, done = Aside(), []

    async def work():
        await asyncio.sleep(1)
        done.append(1)

    waiting = asyncio.ensure_future(aside.see_through(work()))
    await asyncio.sleep(0.5)
    waiting.cancel()
    await asyncio.sleep(1)

    assert waiting.cancelled()
    assert done == [1]


async def test_who_stays_gets_what_it_comes_to():
    async def work():
        return 5

    assert await Aside().see_through(work()) == 5


@pytest.mark.virtual_time
async def test_a_stop_waits_for_what_is_under_way_and_not_for_ever():
    aside, done = Aside(), []

    async def work(seconds):
        await asyncio.sleep(seconds)
        done.append(seconds)

    began = asyncio.get_running_loop().time()
    tasks = [aside.keep(work(seconds)) for seconds in (1, 1_000)]
    await aside.close()
    await asyncio.sleep(0)

    assert done == [1]
    assert tasks[1].cancelled()
    assert asyncio.get_running_loop().time() - began == PATIENCE


async def test_a_stop_of_nothing_is_at_once():
    await Aside().close()
