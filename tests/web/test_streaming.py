"""Streams over bare ASGI messages: what goes out, in which order, and what is told of it."""

import asyncio
import gc
from dataclasses import replace
from decimal import Decimal

import pytest

from proxy.config.schema import Live
from proxy.core import jsons
from proxy.core.errors import Kind
from proxy.core.facts import AnswerBegan, Outcome
from proxy.core.shape import ChatRequest
from tests.support.endpoint import LAST, LIVELY, Caller, House, asking
from tests.support.script import DONE, ROLE, STOP, Act, Wait, chunk, fails, says

pytestmark = pytest.mark.virtual_time


def comments(caller):
    return [m["body"] for m in caller.sent[1:] if m.get("body", b"").startswith(b":")]


async def test_a_stream_goes_out_with_the_head_that_clients_rely_on():
    house = House(a=[fails(503)], b=[says("hel", "lo")])

    caller = await house.serve(Caller(asking()))

    assert caller.status == 200
    assert caller.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert caller.headers["cache-control"] == "no-cache"
    assert caller.headers["x-accel-buffering"] == "no"
    assert caller.headers["x-firstbyte-target"] == "b/m"
    assert caller.headers["x-firstbyte-attempts"] == "2"
    assert caller.headers["x-firstbyte-cascade"] == "a/m=overloaded, b/m=served"
    assert caller.headers["server-timing"].startswith("proxy;dur=")
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert b'"hel"' in caller.body
    assert caller.complete


async def test_the_head_waits_for_the_first_output():
    slow_start = Act(body=[ROLE, Wait(5.0), *says("hi").body])
    house = House(a=[slow_start])
    caller = Caller(asking())

    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(4.9)
    before = list(caller.sent)
    await task

    assert before == []
    assert caller.status == 200


async def test_a_cut_stream_ends_in_an_error_event_and_no_done():
    house = House(a=[Act(body=[ROLE, chunk({"content": "half"})])])

    caller = await house.serve(Caller(asking()))

    last = caller.body.rstrip().rsplit(b"\n\n", 1)[-1]
    assert (
        jsons.decode_object(last.removeprefix(b"data: "))["error"]["code"] == "upstream_truncated"
    )
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert (house.ended.outcome, house.ended.kind) == (Outcome.CUT, Kind.TRUNCATED)


async def test_what_a_caller_does_wrong_is_refused_on_a_warm_wire_too():
    house = House(a=[replace(fails(400), before_head=[Wait(40.0)])], live=LIVELY)
    await house.serve(Caller(asking()))

    assert (house.ended.outcome, house.ended.status) == (Outcome.REFUSED, 200)


async def test_the_last_fact_tells_what_a_stream_moved_and_what_was_our_own_part_of_its_time():
    house = House(a=[Act(body=[Wait(2.0), *says("hel", "lo").body, LAST])], cost=Decimal(1))
    caller = Caller(asking())
    size = len(caller._inbox[0]["body"])

    await house.serve(caller)
    told = house.ended
    (began,) = [fact for fact in house.facts if isinstance(fact, AnswerBegan)]

    assert (told.bytes_in, told.bytes_out) == (size, len(caller.body))
    assert told.ttft_ms == pytest.approx(2000.0, abs=1)
    assert told.overhead_ms == pytest.approx(0.0, abs=1)
    assert (began.stream, began.trace) == (True, told.trace)
    assert [(run.target, run.usage.completion, run.cost) for run in told.runs] == [("a/m", 2, 1)]
    assert told.served == "m-1"
    assert told.attempts[0].began == pytest.approx(told.began)


async def test_a_caller_who_leaves_mid_stream_closes_the_upstream():
    house = House(a=[Act(body=[chunk({"content": "x"}), Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)

    caller.leave()
    await task

    assert house.upstream.log[-1] == "a cut off"
    assert (house.ended.outcome, house.ended.target) == (Outcome.CANCELLED, "a/m")


EARLY = chunk({"role": "assistant", "content": ""}, usage={"prompt_tokens": 9})


@pytest.mark.parametrize("recover", ["off", "restart"])
async def test_a_caller_who_leaves_leaves_what_was_told_of_usage(recover):
    words = [chunk({"content": "x"}) for _ in range(5)]
    house = House(a=[Act(body=[EARLY, *words, Wait(1e6)])], live=Live(recover=recover), cost=2)
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1.0)
    caller.leave()
    await task
    told = house.ended

    assert (told.outcome, told.usage.prompt, told.cost_usd) == (Outcome.CANCELLED, 9, 2)
    assert told.usage.completion == told.bytes_out // 150 > 0
    assert [run.is_guess for run in told.runs] == [True]


async def test_what_was_told_of_usage_before_a_cut_is_accounted_for():
    half = Act(body=[EARLY, chunk({"content": "1, 2, 3, 4, "})])
    house = House(a=[half], b=[says("2")], live=Live(recover="user_turn"))
    cut = House(a=[half])

    await house.serve(Caller(asking()))
    await cut.serve(Caller(asking()))

    assert [(run.usage.wire(), run.is_guess) for run in house.ended.runs] == [
        ({"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}, True),
        ({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}, False),
    ]
    assert (cut.ended.outcome, cut.ended.usage.prompt) == (Outcome.CUT, 9)


def remembered(words):
    """The requests in memory that say these."""
    requests = [each for each in gc.get_objects() if isinstance(each, ChatRequest)]
    return [each for each in requests if words in each.raw or words in repr(each.body).encode()]


@pytest.mark.parametrize(
    ("live", "is_kept"),
    [(Live(), False), (Live(recover="restart"), True), (Live(recover="prefill"), True)],
)
async def test_what_was_asked_is_forgotten_when_some_of_the_answer_is_out(live, is_kept):
    words = f"a prompt {live.recover}".encode()
    act = Act(body=[Wait(2.0), chunk({"content": "x"}), Wait(2.0), STOP, DONE])
    house = House(live=live, a=[act])
    asked = asking(messages=[{"role": "user", "content": words.decode()}], tools=[])
    task = asyncio.ensure_future(house.serve(Caller(asked)))
    await asyncio.sleep(1.0)
    before = len(remembered(words))
    await asyncio.sleep(2.0)
    after = len(remembered(words))
    caller = await task

    assert (before, after) == (1, 1 if is_kept else 0)
    assert caller.body.endswith(DONE)
    assert house.ended.outcome is Outcome.SERVED


async def test_what_was_asked_may_be_set_otherwise_by_the_call():
    words = b"a prompt of one who wants it whole"
    act = Act(body=[chunk({"content": "x"}), Wait(2.0), STOP, DONE])
    house = House(a=[act])
    asked = asking(
        messages=[{"role": "user", "content": words.decode()}], firstbyte={"recover": "restart"}
    )
    task = asyncio.ensure_future(house.serve(Caller(asked)))
    await asyncio.sleep(1.0)
    kept = len(remembered(words))
    await task

    assert kept == 1


async def test_a_stream_says_what_it_cost_when_it_is_known():
    tiered = Act(body=[ROLE, chunk({"content": "hi"}), STOP, LAST, DONE])
    house = House(cost=Decimal("0.5"), a=[tiered])

    caller = await house.serve(Caller(asking(firstbyte={"report": True})))

    assert "x-firstbyte-cost-usd" not in caller.headers
    assert b'"cost_usd":0.5' in caller.body
    assert house.ended.cost_usd == Decimal("0.5")
    assert set(house.priced) == {("a/m", "m-1", house.ended.usage, "priority")}


async def test_a_long_wait_is_kept_warm_with_comments_that_name_the_attempt():
    late_start = Act(body=[Wait(70.0), *says("hi").body])
    house = House(a=[fails(503)], b=[late_start], live=LIVELY)
    caller = Caller(asking())

    await house.serve(caller)

    assert caller.status == 200
    assert comments(caller) == [b": waiting for b/m (attempt 2)\n\n"] * 3
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert b'"firstbyte":{"target":"b/m"' in caller.body


async def test_the_cascade_still_works_while_the_wire_is_warm():
    hangs = Act(body=[Wait(1e6)])
    house = House(a=[hangs], b=[says("hi")], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert [a.target for a in house.ended.attempts] == ["a/m", "b/m"]
    assert b'"hi"' in caller.body
    assert set(comments(caller)) == {b": waiting for a/m (attempt 1)\n\n"}


async def test_a_final_failure_on_a_warm_wire_is_an_error_event():
    broken = Act(status=503, before_head=[Wait(40.0)])
    house = House(a=[broken], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert caller.status == 200
    assert b'"error"' in caller.body
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert (house.ended.outcome, house.ended.status) == (Outcome.FAILED, 200)


async def test_a_pause_after_the_first_byte_is_kept_warm_too():
    act = Act(body=[ROLE, chunk({"content": "a"}), Wait(40.0), *says("b").body])
    house = House(a=[act], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert comments(caller) == [b": still here\n\n"] * 2


async def test_what_speaks_needs_no_comments():
    words = [item for _ in range(40) for item in (Wait(10.0), chunk({"content": "x"}))]
    house = House(a=[Act(body=[chunk({"content": "x"}), *words, *says("y").body])], live=LIVELY)

    caller = await house.serve(Caller(asking()))

    assert comments(caller) == []


async def test_comments_come_in_good_time_for_a_caller_who_says_how_long_it_waits():
    act = Act(body=[Wait(25.0), *says("hi").body])
    house = House(a=[act], live=LIVELY)

    caller = await house.serve(Caller(asking(), [(b"x-stainless-read-timeout", b"10")]))

    assert len(comments(caller)) >= 4
    assert b'"hi"' in caller.body


@pytest.mark.parametrize("announced", [b"0.001", b"1e-9", b"999", b"1000"])
async def test_who_announces_next_to_no_patience_gets_two_comments_a_second_and_no_more(announced):
    house = House(a=[Act(body=[Wait(5.2), *says("hi").body])], live=LIVELY)

    caller = await house.serve(Caller(asking(), [(b"x-request-timeout-ms", announced)]))

    assert len(comments(caller)) == 10
    assert b'"hi"' in caller.body


async def test_when_the_server_may_wait_no_longer_a_stream_ends_in_an_error_event():
    house = House(a=[Act(body=[chunk({"content": "x"}), Wait(1e6)])])
    caller = Caller(asking())
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    house.endpoint.presence.dismiss(Kind.DRAINING, "this server is shutting down")
    await task

    assert b"shutting_down" in caller.body
    assert b"[DONE]" not in caller.body
    assert caller.complete
    assert house.upstream.log[-1] == "a cut off"


async def test_a_recovered_stream_says_so_and_is_told_as_served_by_the_last():
    half = Act(body=[ROLE, chunk({"content": "1, "})])
    house = House(a=[half], b=[says("2")], live=Live(recover="user_turn"))

    caller = await house.serve(Caller(asking()))

    assert b'"fallback_attempts":["a/m"]' in caller.body
    assert caller.body.endswith(b"data: [DONE]\n\n")
    assert (house.ended.outcome, house.ended.target) == (Outcome.SERVED, "b/m")


async def test_recovery_may_be_asked_for_in_the_call():
    half = Act(body=[ROLE, chunk({"content": "1, "})])
    house = House(a=[half], b=[says("2")])

    caller = await house.serve(Caller(asking(firstbyte={"recover": "restart"})))

    assert b'"restarted":true' in caller.body
