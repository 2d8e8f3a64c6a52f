import asyncio

import pytest

from proxy.web.deadline import PACE, Deadline

pytestmark = pytest.mark.virtual_time


def watched():
    loop = asyncio.get_running_loop()
    missed = []
    return Deadline(loop, missed, lambda owner: owner.append(round(loop.time(), 3))), missed


async def test_a_moment_that_passes_is_told_once():
    deadline, missed = watched()
    deadline.set(5)
    await asyncio.sleep(20)

    assert missed == [5]


async def test_a_moment_moved_on_is_not_missed_before_its_time():
    deadline, missed = watched()
    deadline.set(5)
    for _ in range(10):
        await asyncio.sleep(3)
        deadline.set(5)
    await asyncio.sleep(20)

    assert missed == [35]


async def test_a_moment_brought_forward_is_missed_sooner():
    deadline, missed = watched()
    deadline.set(50)
    deadline.set(5)
    await asyncio.sleep(100)

    assert missed == [5]


async def test_a_cleared_moment_is_never_missed_and_may_be_set_again():
    deadline, missed = watched()
    deadline.set(5)
    deadline.clear()
    await asyncio.sleep(20)
    deadline.set(5)
    await asyncio.sleep(20)

    assert missed == [25]


async def test_a_cancelled_deadline_leaves_no_timer_behind():
    deadline, missed = watched()
    deadline.set(5)
    deadline.cancel()
    deadline.cancel()
    await asyncio.sleep(20)

    assert missed == []
    assert deadline._timer is None


async def test_bytes_buy_time_at_their_pace_and_never_more_than_the_most():
    deadline, missed = watched()
    deadline.earn(5, 30, anew=True)
    await asyncio.sleep(20)
    deadline.earn(2 * PACE, 30)
    await asyncio.sleep(11)
    early = missed.copy()
    deadline.earn(100 * PACE, 30)
    await asyncio.sleep(60)

    assert early == []
    assert missed == [61]


async def test_who_trickles_is_missed_though_something_came():
    deadline, missed = watched()
    deadline.set(30)
    for _ in range(10):
        await asyncio.sleep(5)
        if not missed:
            deadline.earn(1, 30)

    assert missed == [pytest.approx(30, abs=0.1)]


async def test_what_came_too_late_to_be_looked_at_in_time_has_all_of_it_again():
    deadline, missed = watched()
    deadline.earn(1, 30)
    await asyncio.sleep(29)

    assert missed == []
