import asyncio
import logging

import pytest

from proxy.core.clock import SystemClock
from proxy.gate.periodic import Periodic
from proxy.store.store import StoreError


class Work:
    def __init__(self, failure=None):
        self.done = 0
        self.failure = failure

    async def __call__(self):
        self.done += 1
        if self.failure:
            raise self.failure


def rounds_of(work):
    return Periodic(work, 30.0, SystemClock(), "nothing is done for now")


@pytest.mark.virtual_time
@pytest.mark.parametrize("failure", [None, StoreError("away")])
async def test_the_work_is_done_in_every_round_even_when_the_store_was_away(failure, caplog):
    caplog.set_level(logging.INFO)
    work = Work(failure)
    rounds = rounds_of(work)
    rounds.start()
    await asyncio.sleep(75)
    await rounds.close()
    await asyncio.sleep(150)

    assert work.done == 2
    assert ("nothing is done for now: away" in caplog.text) is (failure is not None)


@pytest.mark.virtual_time
async def test_what_nobody_expects_is_logged_and_ends_no_rounds(caplog):
    work = Work(RuntimeError("a bug"))
    rounds = rounds_of(work)
    rounds.start()
    await asyncio.sleep(75)
    await rounds.close()

    assert work.done == 2
    assert [record.message for record in caplog.records] == ["nothing is done for now"] * 2
    assert "RuntimeError: a bug" in caplog.text


@pytest.mark.virtual_time
async def test_rounds_that_ended_may_be_ended_again():
    rounds = rounds_of(Work())
    rounds.start()
    await rounds.close()

    assert await rounds.close() is None


async def test_rounds_that_never_began_end():
    work = Work()
    await rounds_of(work).close()

    assert work.done == 0
