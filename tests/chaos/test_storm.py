"""When every upstream is at 503, what they are asked stays close to what callers ask."""

import pytest

from proxy.sim.script import Behaviour, Fault, Mode
from tests.support.stage import figure, stage

CALLS = 500
MOST = 1.25
BUSY = {"busy": Behaviour(fault=Fault(Mode.STATUS, 503))}


@pytest.mark.parametrize("at_once", [1, 16])
@pytest.mark.parametrize("upstreams", [1, 2])
async def test_retries_never_become_a_storm(upstreams, at_once):
    async with stage(BUSY, limits={"retries": 2}) as scene:
        names = "ab"[:upstreams]
        scene.serve(dict.fromkeys(names, scene.sim.base_url), chat=[f"{n}/busy" for n in names])
        told = await scene.calls(scene.body("chat"), number=CALLS, at_once=at_once)
        asked = scene.sim.total

    figure(f"{upstreams} upstreams, {at_once} at once: {asked / CALLS:.3f} asked for each call")
    assert {answer.status for answer, _ in told} == {503}
    assert CALLS <= asked <= CALLS * MOST
