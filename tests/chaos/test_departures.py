"""Two hundred callers leave, each at another moment, and everything that they held is given back."""

import asyncio
import gc
import random

from proxy.core.facts import Outcome
from proxy.sim.script import BEFORE_OPENING, BEHAVIOURS, Behaviour, Fault, Mode, Source
from tests.support.faultproxy import BLACK_HOLE, FaultProxy
from tests.support.stage import descriptors, figure, port_of, stage
from tests.support.turns import eventually

LEAVING = 200
AT_ONCE = 16
SLOW = {
    **BEHAVIOURS,
    "late-head": Behaviour(head_delay=0.03),
    "late-word": Behaviour(first_delay=0.03),
    "long": Behaviour(Source.LOREM, words=400, gap=0.001),
    "mute": Behaviour(fault=Fault(Mode.STALL, after=BEFORE_OPENING)),
    "half": Behaviour(fault=Fault(Mode.STALL, after=1)),
    "later": Behaviour(fault=Fault(Mode.STATUS, 503, headers=(("retry-after", "1"),))),
}
ROADS = {
    "head": ["a/late-head"],
    "word": ["a/late-word"],
    "flow": ["a/long"],
    "still": ["a/mute"],
    "broken": ["a/half"],
    "again": ["a/later", "b/later"],
    "onward": ["a/fail-500", "b/overloaded", "a/mute"],
    "hole": ["hole/echo", "a/long"],
    "well": ["a/echo"],
}


async def leave(scene, draw):
    """One call that is left after a moment, by a proper close or by a reset."""
    request = scene.body(draw.choice(list(ROADS)), stream=draw.random() < 0.7, text="one " * 40)
    client = await scene.caller()
    if draw.random() < 0.1:
        await client.send(request[: draw.randrange(1, len(request))])
    else:
        await client.send(request)
    await asyncio.sleep(draw.random() * 0.06)
    if draw.random() < 0.5:
        client.reset()
    await client.close()


async def test_callers_who_leave_at_any_moment_leak_no_slot_task_or_descriptor():
    limits = {"retries": 1, "hedge_after": 0.02, "first_byte_timeout": 5.0}
    async with (
        stage(SLOW, limits=limits) as scene,
        FaultProxy(port_of(scene.sim), BLACK_HOLE) as hole,
    ):
        urls = {"a": scene.sim.base_url, "b": scene.sim.base_url, "hole": hole.url}
        scene.serve(urls, **ROADS)
        await scene.calls(scene.body("well"), number=1, at_once=1)
        scene.hang_up()
        await eventually(lambda: scene.sim.open_connections == 0)
        before = len(asyncio.all_tasks()), descriptors()

        draw = random.Random(4)
        room = asyncio.Semaphore(AT_ONCE)

        async def in_turn():
            async with room:
                await leave(scene, draw)

        await asyncio.gather(*(in_turn() for _ in range(LEAVING)))
        await eventually(lambda: not any(scene.held().values()))
        idle = scene.transport.pool.idle
        await eventually(lambda: scene.sim.open_connections == idle)
        await eventually(lambda: not scene.connections)
        # What may be kept: connections that were read to their end.
        scene.hang_up()
        await eventually(lambda: scene.sim.open_connections == 0 and hole.open == 0)
        gc.collect()
        after = len(asyncio.all_tasks()), descriptors()

    outcomes = [fact.outcome for fact in scene.ended]
    left = outcomes.count(Outcome.CANCELLED)
    figure(f"{left} of {len(outcomes)} calls cancelled; tasks and descriptors {before} -> {after}")
    assert left > LEAVING / 3
    assert after == before
