import asyncio

import pytest

from proxy.gate.credits import account_of
from proxy.gate.jobs.jobs import KEEP_IN_MEMORY
from proxy.gate.jobs.jobs import Jobs as Kept
from proxy.store.memory import MemoryStore
from proxy.store.records import Table
from proxy.web.jobs.standby import PRUNE, Jobs
from tests.support.jobs import BY_TOKENS, CALLER, SUMMARY
from tests.support.moods import LoopTime


async def stocked():
    """One with a job that will be too old after a day."""
    found = MemoryStore(LoopTime())
    await found.grant(account_of("acme"), 10, "grant")
    await Kept(found, LoopTime(), lambda: 0.5).create(SUMMARY, CALLER, BY_TOKENS)
    return found


def jobs(store, *, outlast):
    def make(found):
        return found(store, LoopTime(), None, lambda: 0.5, None, None)

    return Jobs(make, LoopTime(), outlast=outlast)


async def days(house):
    house.start()
    await asyncio.sleep(KEEP_IN_MEMORY + PRUNE + 1)
    await house.close()


@pytest.mark.virtual_time
async def test_jobs_that_were_kept_long_enough_are_deleted_without_anybody_asking():
    store = await stocked()
    house = jobs(store, outlast=True)
    house.start()
    await asyncio.sleep(KEEP_IN_MEMORY)
    before = await store.page(Table.JOBS)
    await asyncio.sleep(PRUNE + 1)
    await house.close()

    assert len(before.documents) == 1
    assert not (await store.page(Table.JOBS)).documents


@pytest.mark.virtual_time
async def test_where_there_can_be_none_nobody_looks_for_old_ones():
    store = await stocked()
    house = jobs(store, outlast=False)
    await days(house)

    assert not house.lazy.is_loaded
    assert len((await store.page(Table.JOBS)).documents) == 1


@pytest.mark.virtual_time
async def test_once_there_may_be_some_old_ones_are_looked_for():
    store = await stocked()
    house = jobs(store, outlast=False)
    await house.lazy.load()
    await days(house)

    assert not (await store.page(Table.JOBS)).documents
