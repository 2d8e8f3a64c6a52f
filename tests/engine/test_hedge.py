"""Two attempts beside each other: who wins, who is closed, and what it may cost."""

import asyncio
import random

import pytest

from proxy.core.errors import Kind
from proxy.core.facts import HedgeEnded
from proxy.engine.cascade import Progress
from proxy.route.health import Health
from tests.support.script import (
    Act,
    ScriptedUpstream,
    Wait,
    asks,
    chunk,
    fails,
    perform,
    plan,
    says,
    slow,
    told,
    whole,
)

pytestmark = pytest.mark.virtual_time

HEDGED = {"a": slow(hedge_after=1.5)}


def late(seconds, *words):
    return Act(body=[Wait(seconds), *says(*words).body])


async def test_a_slow_first_is_outrun_by_the_next_fit_target():
    upstream = ScriptedUpstream(a=[late(60.0, "a")], b=[late(0.5, "b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.text == "b"
    assert scene.seconds == pytest.approx(2.0)
    assert scene.tried == ["a/m=outrun", "b/m=served"]
    assert scene.log.index("a cut off") < scene.log.index("committed")


async def test_the_first_to_speak_wins_and_the_loser_is_closed():
    upstream = ScriptedUpstream(a=[late(2.0, "a")], b=[late(60.0, "b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.text == "a"
    assert scene.tried == ["b/m=outrun", "a/m=served"]
    assert "b cut off" in scene.log


async def test_a_role_does_not_win_a_race():
    role_only = Act(body=[chunk({"role": "assistant", "content": ""}), Wait(60.0)])
    upstream = ScriptedUpstream(a=[late(3.0, "a")], b=[role_only])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.text == "a"


async def test_a_quick_first_is_never_hedged():
    upstream = ScriptedUpstream(a=[late(1.0, "a")], b=[says("b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.tried == ["a/m=served"]


async def test_a_first_that_fails_before_the_hedge_moves_on_as_usual():
    upstream = ScriptedUpstream(a=[fails(503)], b=[says("b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.tried == ["a/m=overloaded", "b/m=served"]
    assert scene.seconds == pytest.approx(0.0)


async def test_a_hedge_that_fails_leaves_the_first_in_the_race():
    upstream = ScriptedUpstream(a=[late(5.0, "a")], b=[fails(500)])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.text == "a"
    assert scene.tried == ["b/m=server_error", "a/m=served"]


async def test_a_first_that_fails_late_leaves_the_hedge_in_the_race():
    broken = Act(before_head=[Wait(2.0)], status=503)
    upstream = ScriptedUpstream(a=[broken], b=[late(5.0, "b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.text == "b"
    assert scene.tried == ["a/m=overloaded", "b/m=served"]


async def test_when_both_fail_the_cascade_goes_on():
    broken = Act(before_head=[Wait(2.0)], status=503)
    upstream = ScriptedUpstream(a=[broken], b=[fails(500)], c=[says("c")])

    scene = await perform(upstream, plan("a", "b", "c", limits=HEDGED))

    assert scene.tried == ["a/m=overloaded", "b/m=server_error", "c/m=served"]


async def test_a_bad_request_told_by_the_hedge_ends_the_call():
    upstream = ScriptedUpstream(a=[late(60.0, "a")], b=[fails(400)], c=[says("c")])

    scene = await perform(
        upstream, plan("a", "b", "c", limits={"a": slow(hedge_after=1.0, first_byte_timeout=5.0)})
    )

    assert scene.error.kind is Kind.INVALID_REQUEST
    assert "c asked" not in scene.log


BROKEN = Act(before_head=[Wait(2.0)], status=503)


@pytest.mark.parametrize(
    ("first", "second", "winners"),
    [
        (late(60.0, "a"), late(0.5, "b"), ["second"]),
        (late(2.0, "a"), late(60.0, "b"), ["first"]),
        (late(5.0, "a"), fails(500), ["first"]),
        (BROKEN, late(5.0, "b"), ["second"]),
        (BROKEN, fails(500), ["neither"]),
        (late(60.0, "a"), fails(400), ["neither"]),
        (late(1.0, "a"), says("b"), []),
    ],
)
async def test_a_race_is_told_with_who_won_it(first, second, winners):
    scene = await perform(ScriptedUpstream(a=[first], b=[second]), plan("a", "b", limits=HEDGED))
    told_of = [fact for fact in scene.facts if isinstance(fact, HedgeEnded)]

    assert [fact.winner for fact in told_of] == winners
    assert {(fact.call, fact.alias) for fact in told_of} <= {("call-1", "chat")}


async def test_both_tries_of_a_race_that_the_caller_left_are_told():
    progress = Progress()
    upstream = ScriptedUpstream(a=[late(60.0, "a")], b=[late(60.0, "b")])
    going = perform(upstream, plan("a", "b", limits=HEDGED), progress=progress)
    task = asyncio.ensure_future(going)
    await asyncio.sleep(2.0)
    task.cancel()
    await asyncio.wait([task])

    assert [told(tried) for tried in progress.tried] == ["a/m=cancelled", "b/m=cancelled"]
    assert [tried.ms for tried in progress.tried] == [2000.0, 500.0]


async def test_nobody_is_hedged_onto_who_is_not_there():
    scene = await perform(ScriptedUpstream(a=[late(5.0, "a")]), plan("a", limits=HEDGED))

    assert scene.tried == ["a/m=served"]


async def test_a_hedge_counts_as_an_attempt():
    upstream = ScriptedUpstream(a=[late(5.0, "a")], b=[says("b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED, max_attempts=1))

    assert scene.tried == ["a/m=served"]


async def test_hedges_are_bounded_by_their_budget():
    health = Health(random.Random(0).random)
    hedges = 0
    for _ in range(50):
        upstream = ScriptedUpstream(a=[late(1.6, "a")], b=[late(60.0, "b")])
        limits = {"a": slow(hedge_after=0.01)}
        scene = await perform(upstream, plan("a", "b", limits=limits), health=health)
        hedges += "b asked" in scene.log

    # One a second at the most, and each call takes 1.6 s.
    assert 0 < hedges <= 50 * 1.6 + 2


async def test_a_percentile_needs_to_know_the_target_first():
    health = Health(random.Random(0).random)
    limits = {"a": slow(hedge_after="p95")}
    for _ in range(20):
        upstream = ScriptedUpstream(a=[late(0.4, "a")], b=[])
        await perform(upstream, plan("a", "b", limits=limits), health=health)
    upstream = ScriptedUpstream(a=[late(9.0, "a")], b=[says("b")])

    scene = await perform(upstream, plan("a", "b", limits=limits), health=health)

    assert scene.text == "b"
    assert scene.seconds == pytest.approx(0.4, abs=0.01)


async def test_unary_calls_race_too():
    slow_whole = whole("a")
    slow_whole.before_head = [Wait(60.0)]
    upstream = ScriptedUpstream(a=[slow_whole], b=[whole("b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED), asks(stream=False))

    assert scene.text == "b"


class Stuck:
    """A reply whose connection does not close."""

    def __init__(self, reply):
        self._reply = reply

    def __getattr__(self, name):
        return getattr(self._reply, name)

    async def aclose(self):
        await self._reply.aclose()
        raise OSError("stuck")


async def test_both_of_a_race_are_closed_when_the_caller_leaves_though_one_is_stuck(monkeypatch):
    upstream = ScriptedUpstream(a=[late(60.0, "a")], b=[late(60.0, "b")])
    send = upstream.send

    async def sticky(call, *, connect_timeout, by=None):
        return Stuck(await send(call, connect_timeout=connect_timeout))

    monkeypatch.setattr(upstream, "send", sticky)
    task = asyncio.ensure_future(perform(upstream, plan("a", "b", limits=HEDGED)))
    await asyncio.sleep(3.0)
    task.cancel()
    await asyncio.wait([task])

    assert isinstance(task.exception(), OSError)
    assert sorted(upstream.log[-2:]) == ["a cut off", "b cut off"]


async def test_a_bad_request_told_by_the_first_ends_the_race_at_once():
    bad = Act(before_head=[Wait(2.0)], status=400, headers={"content-type": "application/json"})
    upstream = ScriptedUpstream(a=[bad], b=[late(60.0, "b")])

    scene = await perform(upstream, plan("a", "b", limits=HEDGED))

    assert scene.error.kind is Kind.INVALID_REQUEST
    assert scene.seconds == pytest.approx(2.0)
    assert scene.log[-1] == "b cut off"
