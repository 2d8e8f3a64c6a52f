"""A target that fails and recovers, over and over, is used again within 30 s of each recovery."""

import asyncio
import random

import pytest

from proxy.codecs.openai import OpenAI
from proxy.engine.cascade import Cascade, Committed
from proxy.engine.dispatch import Dispatcher
from proxy.route.health import Health
from tests.support.script import ScriptedReply, asks, fails, plan, says
from tests.support.stage import figure
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

STEP = 0.5
"""Seconds between calls."""
SOON = 30.0
ROUNDS = 3


class Flapping:
    """Target `a` is ill in every first part of a period; `b` is well."""

    def __init__(self, ill, period):
        self._ill = ill
        self._period = period
        self.asked = []
        """When `a` was asked while it was ill."""

    def is_ill(self, now):
        return now % self._period < self._ill

    async def send(self, call, *, connect_timeout, by=None):
        name = call.url.split("/")[2]
        now = asyncio.get_running_loop().time()
        ill = name == "a" and self.is_ill(now)
        if ill:
            self.asked.append(now)
        return ScriptedReply(fails(503) if ill else says("hello"), [], name)


@pytest.mark.parametrize("ill", [2.0, 12.0, 100.0, 599.0])
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_flapping_target_is_used_again_within_30_s_of_recovering(ill, seed):
    rng, loop = random.Random(seed), asyncio.get_running_loop()
    period = ill + 120.0
    upstream = Flapping(ill, period)
    health = Health(rng.random)
    dispatcher = Dispatcher({"openai": OpenAI()}, upstream, LoopClock(), health)
    cascade = Cascade(dispatcher, rng, lambda _: None)
    used = []
    while loop.time() < ROUNDS * period:
        async with cascade.open(plan("a", "b"), asks(), "call") as outcome:
            assert isinstance(outcome, Committed)
            if outcome.lane.name == "a/m":
                used.append(loop.time())
        await asyncio.sleep(STEP)

    waits = []
    for round_ in range(ROUNDS):
        recovered = round_ * period + ill
        waits.append(min(at for at in used if at >= recovered) - recovered)
        # By the end of the slow start it has its full share again.
        late = [at for at in used if recovered + 2 * SOON + 1 <= at < (round_ + 1) * period]
        assert len(late) >= 0.95 * (120.0 - 2 * SOON - 1) / STEP
    figure(
        f"used again after {max(waits):.1f} s at most; asked {len(upstream.asked)} times while ill"
    )
    assert max(waits) <= SOON + STEP
