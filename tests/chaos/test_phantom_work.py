"""Whoever has left gets no more work done for it: not one request, and what is under way ends within half a second."""

import asyncio

import pytest

from proxy.core.facts import Outcome
from proxy.sim.call import Ending
from proxy.sim.script import Behaviour, Fault, Mode, Source
from tests.support.faultproxy import UNANSWERED, WELL, FaultProxy
from tests.support.stage import figure, port_of, stage
from tests.support.turns import eventually

WITHIN = 0.5
READY = 5.0
MODELS = {
    "echo": Behaviour(),
    "late-head": Behaviour(head_delay=60.0),
    "late-word": Behaviour(first_delay=60.0),
    "half": Behaviour(fault=Fault(Mode.STALL, after=1)),
    "long": Behaviour(Source.LOREM, words=2000, gap=0.01),
    "later": Behaviour(fault=Fault(Mode.STATUS, 503, headers=(("retry-after", "60"),))),
}
PHASES = [
    pytest.param("late-head", True, id="waiting for the head, streaming"),
    pytest.param("late-head", False, id="waiting for the head, unary"),
    pytest.param("late-word", True, id="before output, streaming"),
    pytest.param("late-word", False, id="before output, unary"),
    pytest.param("long", True, id="mid-stream"),
    pytest.param("half", True, id="stalled mid-stream"),
    pytest.param("half", False, id="mid-body, unary"),
]
FORMS = pytest.mark.parametrize("stream", [True, False], ids=["streaming", "unary"])


async def is_over(scene, tasks):
    """Wait until nothing is done any more for whoever called; how long that took.

    A connection that was read to its end may be kept: at its other end a task of the simulator's waits for more.
    """
    return await eventually(
        lambda: (
            not any(scene.held().values())
            and not scene.connections
            and all(call.ending for call in scene.sim.calls)
            and len(asyncio.all_tasks()) <= tasks + scene.transport.pool.idle
        ),
        WITHIN,
    )


async def leaves(scene, request, ready):
    """Call, wait until the phase is reached, leave, and wait until all is over."""
    tasks = len(asyncio.all_tasks())
    client = await scene.caller()
    await client.send(request)
    await eventually(ready, READY)
    asked = scene.sim.total
    await client.close()
    took = await is_over(scene, tasks)

    figure(f"over after {took * 1000:.0f} ms")
    assert scene.sim.total == asked
    assert scene.ended[-1].outcome is Outcome.CANCELLED
    return took


@pytest.mark.parametrize(("model", "stream"), PHASES)
async def test_at_the_upstream_the_call_ends_and_nobody_else_is_asked(model, stream):
    async with stage(MODELS) as scene:
        scene.serve({"a": scene.sim.base_url}, chat=[f"a/{model}", "a/echo"])

        def ready():
            calls = scene.sim.calls
            spoken = model == "long" or (model == "half" and stream)
            return calls and (calls[0].said > 0 or not spoken)

        await leaves(scene, scene.body("chat", stream=stream), ready)
        calls = list(scene.sim.calls)

    assert [call.ending for call in calls] == [Ending.LEFT]


@FORMS
async def test_while_it_connects(stream):
    async with (
        stage(MODELS, limits={"connect_timeout": 60.0}) as scene,
        FaultProxy(port_of(scene.sim), UNANSWERED) as proxy,
    ):
        scene.serve({"a": proxy.url, "b": scene.sim.base_url}, chat=["a/echo", "b/echo"])

        await leaves(scene, scene.body("chat", stream=stream), lambda: scene.app.load.in_flight)
        await proxy.become(WELL)

        assert (proxy.accepted, scene.sim.total) == (0, 0)


@FORMS
async def test_while_two_are_raced(stream):
    async with stage(MODELS, limits={"hedge_after": 0.05}) as scene:
        urls = dict.fromkeys("abc", scene.sim.base_url)
        scene.serve(urls, chat=["a/late-head", "b/late-word", "c/echo"])

        await leaves(scene, scene.body("chat", stream=stream), lambda: scene.sim.total == 2)
        calls = list(scene.sim.calls)

    assert [call.ending for call in calls] == [Ending.LEFT, Ending.LEFT]


@FORMS
async def test_while_it_waits_to_try_again(stream):
    async with stage(MODELS, limits={"retries": 2, "retry_after_max": 60.0}) as scene:
        scene.serve({"a": scene.sim.base_url}, chat=["a/later", "a/echo"])

        def waits():
            return scene.sim.calls and scene.sim.calls[0].ending and not scene.held()["upstream"]

        await leaves(scene, scene.body("chat", stream=stream), waits)

        assert scene.sim.total == 1


@FORMS
async def test_while_it_is_queued(stream):
    async with stage(MODELS, max_in_flight=1, queue_timeout=60.0) as scene:
        scene.serve({"a": scene.sim.base_url}, first=["a/late-head"], chat=["a/echo"])
        async with await scene.caller() as first:
            await first.send(scene.body("first"))
            await eventually(lambda: scene.sim.total == 1, READY)
            second = await scene.caller()
            await second.send(scene.body("chat", stream=stream))
            await eventually(lambda: scene.app.load.queued, READY)
            await second.close()
            await eventually(lambda: not scene.app.load.queued, WITHIN)

        await eventually(lambda: not any(scene.held().values()), WITHIN)
        asked = [call.model for call in scene.sim.calls]

    assert asked == ["late-head"]


async def test_while_the_wire_is_kept_warm():
    async with stage(MODELS) as scene:
        scene.serve({"a": scene.sim.base_url}, chat=["a/late-head", "a/echo"])
        tasks = len(asyncio.all_tasks())
        client = await scene.caller()
        # Half of what a caller announces goes by before the head is sent without an answer.
        await client.send(scene.body("chat", headers=("x-stainless-read-timeout: 0.2",)))
        head = await client.head()
        await client.close()
        await is_over(scene, tasks)
        calls = list(scene.sim.calls)

    assert head.status == 200
    assert [call.ending for call in calls] == [Ending.LEFT]
