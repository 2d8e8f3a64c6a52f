import asyncio
import threading

import pytest

from proxy.store.sqlite.lane import Lane
from proxy.store.store import StoreError
from tests.support.patience import PATIENT
from tests.support.turns import HANGS


def run_all(steps):
    for step in steps:
        step.result = step.run(None)


class Gate:
    """A step that waits until it is let on."""

    def __init__(self):
        self.begun = threading.Event()
        self.open = threading.Event()

    def __call__(self, connection):
        self.begun.set()
        self.open.wait(HANGS)
        return "through"


@pytest.fixture
def ended():
    return threading.Event()


@pytest.fixture
def line(ended):
    return Lane("test", "store.db", run_all, ended.set, PATIENT)


async def test_a_step_is_answered_with_what_it_returned(line):
    assert await line.do(lambda _: 5) == 5
    await line.close()


async def test_what_waits_is_still_done_when_it_closes(line, ended):
    gate, done = Gate(), []
    first = asyncio.ensure_future(line.do(gate))
    others = [asyncio.ensure_future(line.do(lambda _, n=n: done.append(n))) for n in range(300)]
    await asyncio.to_thread(gate.begun.wait, HANGS)
    closing = asyncio.ensure_future(line.close())
    gate.open.set()
    await closing

    assert await first == "through"
    await asyncio.gather(*others)
    assert done == list(range(300))
    assert ended.is_set()


async def test_a_closed_lane_says_so(line):
    await line.close()
    await line.close()
    with pytest.raises(StoreError, match=r"store\.db is closed"):
        await line.do(lambda _: 5)


async def test_a_step_whose_asker_left_is_not_done(line):
    gate, done = Gate(), []
    first = asyncio.ensure_future(line.do(gate))
    await asyncio.to_thread(gate.begun.wait, HANGS)
    left = asyncio.ensure_future(line.do(lambda _: done.append(1)))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)
    gate.open.set()
    await first
    await line.close()

    assert done == []


async def test_an_asker_who_leaves_while_it_is_done_harms_nobody(line):
    gate = Gate()
    first = asyncio.ensure_future(line.do(gate))
    await asyncio.to_thread(gate.begun.wait, HANGS)
    first.cancel()
    gate.open.set()

    assert await line.do(lambda _: 5) == 5
    await line.close()


async def test_a_disk_that_does_not_answer_is_not_waited_for_for_ever(ended):
    line = Lane("test", "store.db", run_all, ended.set, 0.05)
    gate = Gate()
    with pytest.raises(StoreError, match=r"store\.db: no answer in 0\.05 s"):
        await line.do(gate)
    gate.open.set()
    await line.close()


def test_an_asker_whose_loop_has_ended_harms_nobody(line):
    gate = Gate()

    async def leave():
        waiting = asyncio.ensure_future(line.do(gate))
        await asyncio.to_thread(gate.begun.wait, HANGS)
        waiting.cancel()

    asyncio.run(leave())
    gate.open.set()

    assert asyncio.run(line.do(lambda _: 5)) == 5
    asyncio.run(line.close())
