"""The handler over bare ASGI messages: who is let in, who is refused, and what is told when a call has ended."""

import asyncio
from decimal import Decimal

import pytest

from proxy.config.schema import Auth, StaticKey
from proxy.core.errors import Kind
from proxy.core.facts import AnswerBegan, Outcome
from proxy.core.secret import Secret
from proxy.gate.load import Load
from tests.support.endpoint import Caller, House, asking
from tests.support.script import ROLE, Act, Wait, fails, says, whole

pytestmark = pytest.mark.virtual_time


async def test_when_all_fail_the_attempts_are_listed():
    house = House(a=[fails(503)], b=[fails(529, retry_after="7")])

    caller = await house.serve(Caller(asking()))

    assert caller.status == 503
    assert caller.headers["retry-after"] == "7"
    assert caller.headers["x-firstbyte-cascade"] == "a/m=overloaded, b/m=overloaded"
    assert [a["target"] for a in caller.json["error"]["attempts"]] == ["a/m", "b/m"]
    assert house.ended.outcome is Outcome.FAILED


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("act", "outcome"),
    [
        (fails(400), Outcome.REFUSED),
        (fails(400, "context_length_exceeded"), Outcome.REFUSED),
        (fails(404), Outcome.FAILED),
        (fails(401), Outcome.FAILED),
        (fails(429), Outcome.FAILED),
    ],
)
async def test_what_a_caller_does_wrong_is_refused_also_where_it_is_a_target_that_says_so(
    stream, act, outcome
):
    house = House(a=[act])
    await house.serve(Caller(asking(stream=stream)))

    assert house.ended.outcome is outcome
    assert [tried.target for tried in house.ended.attempts] == ["a/m"]


async def test_a_bad_request_is_refused_before_any_target_is_asked():
    house = House(a=[whole()])

    caller = await house.serve(Caller(b"{nope"))

    assert caller.status == 400
    assert house.upstream.log == []
    assert (house.ended.outcome, house.ended.kind) == (Outcome.REFUSED, Kind.INVALID_REQUEST)


async def test_a_key_is_asked_for_where_keys_are_required():
    keys = Auth(required=True, keys=(StaticKey(Secret("k" * 20), allowed_models=("chat",)),))
    house = House(auth=keys, a=[whole()])

    without = await house.serve(Caller(asking(stream=False)))
    house.facts.clear()
    with_key = await house.serve(
        Caller(asking(stream=False), [(b"authorization", b"Bearer " + b"k" * 20)])
    )

    assert (without.status, with_key.status) == (401, 200)


async def test_a_key_may_use_only_what_it_lists():
    keys = Auth(required=True, keys=(StaticKey(Secret("k" * 20), allowed_models=("shown",)),))
    house = House(auth=keys, a=[whole()])

    caller = await house.serve(Caller(asking(), [(b"x-api-key", b"k" * 20)]))

    assert caller.status == 403


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("act", [Act(before_head=[Wait(1e6)]), Act(body=[ROLE, Wait(1e6)])])
async def test_a_caller_who_leaves_before_the_first_byte_stops_everything(stream, act):
    house = House(a=[act], b=[says("hi")])
    caller = Caller(asking(stream=stream))
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)

    caller.leave()
    await task

    assert caller.sent == []
    assert "b asked" not in house.upstream.log
    assert house.ended.outcome is Outcome.CANCELLED
    assert house.ended.status == 499
    assert house.ended.duration_ms == pytest.approx(1000.0, abs=1)
    assert [(a.target, a.kind) for a in house.ended.attempts] == [("a/m", Kind.CANCELLED)]
    assert house.ended.overhead_ms is None


async def test_calls_under_way_are_counted_while_they_are():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)
    during = house.endpoint.in_flight
    caller.leave()
    await task

    assert (house.endpoint.name, during, house.endpoint.in_flight) == ("chat", 1, 0)


async def test_a_task_that_is_cancelled_from_outside_stays_cancelled():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    task = asyncio.ensure_future(house.serve(Caller(asking())))
    await asyncio.sleep(1.0)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert house.ended.outcome is Outcome.CANCELLED


async def test_a_bug_is_told_and_raised():
    house = House(a=[whole()])

    def broken(*_, **__):
        raise RuntimeError("a bug")

    house.endpoint._surface.whole = broken
    with pytest.raises(RuntimeError, match="a bug"):
        await house.serve(Caller(asking(stream=False)))

    assert (house.ended.outcome, house.ended.kind) == (Outcome.FAILED, Kind.INTERNAL)


async def test_every_call_ends_in_one_fact():
    house = House(a=[fails(503)], b=[says("hi")])

    await house.serve(Caller(asking()))

    ended = house.ended
    assert (ended.surface, ended.alias, ended.asked, ended.target) == (
        "chat",
        "chat",
        "chat",
        "b/m",
    )
    assert (ended.outcome, ended.status, ended.stream) == (Outcome.SERVED, 200, True)
    assert ended.usage.total == 5
    assert [t.target for t in ended.attempts] == ["a/m", "b/m"]
    assert [type(fact) for fact in house.facts].count(AnswerBegan) == 1


async def test_what_nobody_served_costs_nothing_that_is_known():
    house = House(cost=Decimal(1), a=[fails(503)])

    await house.serve(Caller(asking()))

    assert house.priced == []
    assert house.ended.cost_usd is None


PARENT = f"00-{'a' * 32}-{'b' * 16}-01".encode()


async def test_a_provider_hears_the_caller_s_trace_and_our_span_in_it():
    house = House(a=[fails(503)], b=[whole()])
    headers = [(b"traceparent", PARENT), (b"tracestate", b"v=1")]

    await house.serve(Caller(asking(stream=False), headers))
    trace = house.ended.trace

    assert (trace.id, trace.parent, trace.state) == ("a" * 32, "b" * 16, "v=1")
    for made in house.upstream.calls:
        sent = dict(made.lines)
        assert sent["traceparent"] == f"00-{trace.id}-{trace.span}-01"
        assert sent["tracestate"] == "v=1"


@pytest.mark.parametrize("value", [b"", b"garbage", PARENT.upper(), PARENT + b"\xff", b"0" * 55])
async def test_a_trace_that_cannot_be_read_begins_anew_and_refuses_nobody(value):
    house = House(a=[whole()])

    caller = await house.serve(Caller(asking(stream=False), [(b"traceparent", value)]))
    trace = house.ended.trace

    assert caller.status == 200
    assert trace.parent == ""
    sent = dict(house.upstream.calls[0].lines)
    assert sent["traceparent"] == f"00-{trace.id}-{trace.span}-00"


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        (b"x-stainless-read-timeout", b"20", 20.0),
        (b"x-stainless-timeout", b"30.5", 30.5),
        (b"x-request-timeout-ms", b"1500", 1.5),
        (b"x-stainless-timeout", b"nan", 600.0),
        (b"x-stainless-timeout", b"-1", 600.0),
        (b"x-stainless-timeout", b"soon", 600.0),
    ],
)
async def test_what_an_sdk_announces_bounds_its_wait(name, value, seconds):
    house = House(a=[Act(before_head=[Wait(1e6)])])

    caller = await house.serve(Caller(asking(stream=False), [(name, value)]))

    assert caller.status == 504
    assert house.ended.duration_ms == pytest.approx(seconds * 1000, abs=1)


async def test_who_comes_when_all_is_full_is_refused_in_the_surfaces_shape():
    full = Load(0, 0, 1.0)
    house = House(a=[whole()], load=full)

    caller = await house.serve(Caller(asking()))

    assert caller.status == 503
    assert caller.headers["retry-after"] == "1"
    assert (house.ended.kind, house.ended.outcome) == (Kind.SATURATED, Outcome.REFUSED)
    assert house.upstream.log == []


async def test_a_caller_who_leaves_the_queue_leaves_it():
    load = Load(1, 5, 60.0)
    house = House(a=[Act(before_head=[Wait(1e6)])], load=load)
    first, second = Caller(asking()), Caller(asking())
    tasks = [asyncio.ensure_future(house.serve(c)) for c in (first, second)]
    await asyncio.sleep(1)

    second.leave()
    await asyncio.sleep(1)

    assert (load.in_flight, load.queued) == (1, 0)
    first.leave()
    await asyncio.wait(tasks)
    assert load.in_flight == 0


async def test_when_the_server_may_wait_no_longer_an_unbegun_call_is_a_503():
    house = House(a=[Act(before_head=[Wait(1e6)])])
    caller = Caller(asking(stream=False))
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    house.endpoint.presence.dismiss(Kind.DRAINING, "this server is shutting down")
    await task

    assert caller.status == 503
    assert caller.json["error"]["code"] == "shutting_down"
