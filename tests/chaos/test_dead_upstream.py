"""One of two upstreams is dead in one of three ways, and no caller notices."""

from statistics import median

import pytest

from proxy.sim.script import BEHAVIOURS
from tests.support.faultproxy import BLACK_HOLE, REFUSE, RESET, WELL, FaultProxy
from tests.support.stage import figure, port_of, stage

CALLS = 1000
WINDOWS = 5
AT_ONCE = 16
MOST_DELAYED = 0.01
"""Of the calls: what is beyond p99."""


def waited(told):
    """How many of these calls had an attempt at the dead upstream; the others went past it."""
    return sum(answer.header("x-firstbyte-attempts") != "1" for answer, _ in told)


@pytest.mark.parametrize("fault", [REFUSE, RESET, BLACK_HOLE], ids=lambda fault: fault.kind)
async def test_in_a_thousand_calls_no_caller_sees_an_error_and_few_see_a_delay(fault):
    # Who says nothing is only found dead by a clock; the others need none, and a busy machine would run one out.
    hasty = {"connect_timeout": 0.5, "first_byte_timeout": 0.5} if fault is BLACK_HOLE else {}
    limits = {"a": hasty}
    async with (
        stage(BEHAVIOURS) as scene,
        FaultProxy(port_of(scene.sim), WELL) as dead,
    ):
        urls = {"a": dead.url, "b": scene.sim.base_url}
        scene.serve(urls, limits=limits, chat=["a/echo", "b/echo"])
        request = scene.body("chat")
        await scene.calls(request, number=AT_ONCE, at_once=AT_ONCE)
        await dead.become(fault)
        ill = [
            await scene.calls(request, number=CALLS // WINDOWS, at_once=AT_ONCE)
            for _ in range(WINDOWS)
        ]

    answers = [answer for told in ill for answer, _ in told]
    delayed = [waited(told) for told in ill]
    figure(f"{fault.kind}: delayed in each window of {CALLS // WINDOWS}: {delayed}")
    assert len(answers) == CALLS
    assert [answer.body for answer in answers if answer.status != 200] == []
    assert all(answer.complete and answer.body.endswith(b"[DONE]\n\n") for answer in answers)
    assert not any(b'"error"' in answer.body for answer in answers)
    # Counted, not timed: a delay is an attempt at who is dead, and other work on the machine adds none.
    assert sum(delayed) > 0
    assert median(delayed) <= MOST_DELAYED * CALLS / WINDOWS
