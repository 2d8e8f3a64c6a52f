import asyncio
import logging

import pytest

from proxy.core.clock import SystemClock
from proxy.gate.jobs.pruner import EVERY, Pruner
from proxy.store.store import StoreError


class Jobs:
    def __init__(self, failure=None):
        self.pruned = 0
        self.failure = failure

    async def prune(self):
        self.pruned += 1
        if self.failure:
            raise self.failure


@pytest.mark.virtual_time
@pytest.mark.parametrize("failure", [None, StoreError("away")])
async def test_jobs_are_pruned_every_hour_even_when_the_store_was_away(failure, caplog):
    caplog.set_level(logging.INFO)
    jobs = Jobs(failure)
    pruner = Pruner(jobs, SystemClock())
    pruner.start()
    await asyncio.sleep(2.5 * EVERY)
    await pruner.close()
    await asyncio.sleep(5 * EVERY)

    assert jobs.pruned == 2
    assert ("away" in caplog.text) is (failure is not None)


async def test_a_pruner_that_never_began_ends():
    await Pruner(Jobs(), SystemClock()).close()
