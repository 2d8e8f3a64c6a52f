import asyncio

import pytest

from proxy.core.clock import SystemClock


@pytest.mark.virtual_time
async def test_now_and_sleep_are_the_running_loops():
    clock = SystemClock()
    before = clock.now()
    await clock.sleep(5)

    assert before + 5 == pytest.approx(clock.now())
    assert clock.now() == pytest.approx(asyncio.get_running_loop().time())


def test_wall_is_seconds_since_1970():
    assert 1_600_000_000 < SystemClock().wall() < 10_000_000_000
