import asyncio

import pytest

from proxy.gate.credits import account_of
from proxy.gate.jobs.jobs import KEEP_IN_MEMORY, Jobs
from proxy.store.memory import MemoryStore
from proxy.store.records import Table
from proxy.web.jobs.house import PRUNE, JobHouse
from tests.support.jobhouse import config, guild
from tests.support.jobs import BY_TOKENS, CALLER, SUMMARY
from tests.support.moods import LoopTime


@pytest.mark.virtual_time
async def test_jobs_that_were_kept_long_enough_are_deleted_without_anybody_asking():
    clock = LoopTime()
    store = MemoryStore(clock)
    await store.grant(account_of("acme"), 10, "grant")
    await Jobs(store, clock, lambda: 0.5).create(SUMMARY, CALLER, BY_TOKENS)
    house = JobHouse(store, clock, None, lambda: 0.5, None, None)
    house.start()
    await asyncio.sleep(KEEP_IN_MEMORY)
    before = await store.page(Table.JOBS)
    await asyncio.sleep(PRUNE + 1)
    await house.close()

    assert len(before.documents) == 1
    assert not (await store.page(Table.JOBS)).documents


async def test_what_calls_had_to_tell_is_told_before_the_store_is_closed(tmp_path):
    address = f"sqlite:{tmp_path / 'jobs.db'}"
    async with guild(config(address)) as house, await house.team() as client:
        job = await client.create()
        await client.call(job)
    async with guild(config(address)) as house, await house.team("zeta") as client:
        page = await house.app.office.store.page("jobs")
        rows = page.documents[0].data

    assert rows["totals"][0] == 1
    assert rows["running"] == []
