import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.jobs import CONTESTED
from proxy.web.jobs.aside import PATIENCE, Aside
from proxy.web.jobs.insistence import FIRST_PAUSE, LONGEST_PAUSE, insist
from tests.support.jobs import Patient
from tests.support.moods import LoopTime

AWAY = ProxyError(Kind.SATURATED, "the store is away")


class Told:
    """Somebody who hears after so many times."""

    def __init__(self, times, last=None):
        self.answers = [AWAY] * times + [last]

    async def __call__(self):
        answer = self.answers.pop(0)
        if answer is not None:
            raise answer


async def test_a_store_that_is_away_is_told_again_less_and_less_often_until_it_hears():
    clock, told = Patient(), Told(8)
    await insist(clock, "job_1 is not settled", told)

    assert told.answers == []
    assert clock.slept == [FIRST_PAUSE, 1, 2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]


async def test_whatever_else_it_says_is_its_answer(caplog):
    told = Told(1, ProxyError(Kind.MISSING, "There is no job."))
    await insist(Patient(), "job_1 is not settled", told)

    assert told.answers == []
    assert "job_1 is not settled: There is no job." in caplog.text


async def test_a_job_that_too_many_change_at_once_is_told_again():
    told = Told(0, ProxyError(Kind.CONFLICT, "Too many calls.", code=CONTESTED))
    told.answers.append(None)
    await insist(Patient(), "job_1 is not settled", told)

    assert told.answers == []


@pytest.mark.virtual_time
async def test_a_stop_leaves_nobody_who_insists():
    aside = Aside()
    task = aside.keep(insist(LoopTime(), "job_1 is not settled", Told(1_000)))
    began = asyncio.get_running_loop().time()
    await aside.close()
    await asyncio.wait({task})

    assert task.cancelled()
    assert asyncio.get_running_loop().time() - began == PATIENCE
