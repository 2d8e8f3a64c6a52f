import asyncio

import pytest

from proxy.core.clock import SystemClock
from proxy.web.server import new_event_loop


@pytest.mark.parametrize("make_loop", [asyncio.new_event_loop, new_event_loop])
def test_now_is_on_the_scale_of_the_loop_it_makes_deadlines_for(make_loop):
    async def both():
        return SystemClock().now(), asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=make_loop) as runner:
        now, loop_time = runner.run(both())

    assert now == pytest.approx(loop_time, abs=0.05)


def test_now_is_finer_than_a_millisecond():
    clock = SystemClock()

    readings = {clock.now() for _ in range(2000)}

    assert len(readings) > 100


@pytest.mark.virtual_time
async def test_sleep_waits_on_the_loop():
    loop = asyncio.get_running_loop()

    await SystemClock().sleep(5)

    assert loop.time() == pytest.approx(5)


def test_wall_is_seconds_since_1970():
    assert 1_600_000_000 < SystemClock().wall() < 10_000_000_000
