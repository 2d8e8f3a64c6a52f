"""One of two upstreams is dead in one of three ways, and no caller notices."""

from statistics import median, quantiles

import pytest

from proxy.sim.script import BEHAVIOURS
from tests.support.faultproxy import BLACK_HOLE, REFUSE, RESET, WELL, FaultProxy
from tests.support.stage import figure, port_of, stage

CALLS = 1000
WINDOWS = 5
AT_ONCE = 16
MOST_ADDED = 0.050
"""Seconds of p99."""


def window(scene, alias):
    return scene.calls(scene.body(alias), number=CALLS // WINDOWS, at_once=AT_ONCE)


def p99(told):
    return quantiles([seconds for _, seconds in told], n=100)[98]


@pytest.mark.parametrize("fault", [REFUSE, RESET, BLACK_HOLE], ids=lambda fault: fault.kind)
async def test_in_a_thousand_calls_no_caller_sees_an_error_and_few_see_a_delay(fault):
    limits = {"a": {"connect_timeout": 0.2, "first_byte_timeout": 0.2}}
    async with (
        stage(BEHAVIOURS) as scene,
        FaultProxy(port_of(scene.sim), WELL) as dead,
    ):
        urls = {"a": dead.url, "b": scene.sim.base_url}
        scene.serve(urls, limits=limits, chat=["a/echo", "b/echo"], well=["b/echo"])
        await scene.calls(scene.body("chat"), number=AT_ONCE, at_once=AT_ONCE)
        await dead.become(fault)
        ill, well = [], []
        for _ in range(WINDOWS):
            # Side by side, so that a machine that is busy is so for both.
            ill.append(await window(scene, "chat"))
            well.append(await window(scene, "well"))

    answers = [answer for told in ill for answer, _ in told]
    assert len(answers) == CALLS
    assert [answer.body for answer in answers if answer.status != 200] == []
    assert all(answer.complete and answer.body.endswith(b"[DONE]\n\n") for answer in answers)
    assert not any(b'"error"' in answer.body for answer in answers)
    added = median(map(p99, ill)) - median(map(p99, well))
    overall = p99([call for told in ill for call in told])
    figure(f"{fault.kind}: p99 {added * 1000:+.1f} ms, of all {overall * 1000:.0f} ms")
    # Other work on the machine can only add, and not to every window: the quietest ones are compared.
    assert min(added, min(map(p99, ill)) - min(map(p99, well))) < MOST_ADDED
