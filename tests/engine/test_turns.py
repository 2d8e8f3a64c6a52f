import asyncio

import pytest

from proxy.engine.turns import in_turns

pytestmark = pytest.mark.virtual_time


def work(said, steps=3):
    for step in range(steps):
        said.append(f"step {step}")
        yield
    return len(said)


async def test_others_have_a_turn_between_two_steps():
    said = []

    async def other():
        for turn in range(3):
            said.append(f"turn {turn}")
            await asyncio.sleep(0)

    result, _ = await asyncio.gather(in_turns(work(said)), other())

    assert said == ["step 0", "turn 0", "step 1", "turn 1", "step 2", "turn 2"]
    assert result == len(said)


async def test_who_is_cancelled_leaves_the_rest_undone():
    said = []
    task = asyncio.ensure_future(in_turns(work(said)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert said == ["step 0"]
    assert task.cancelled()
