"""What is read of a call: its body, and what of its headers goes on to a provider."""

import asyncio

import pytest

from proxy.gate.intake import Intake
from tests.support.endpoint import Caller, House, asking
from tests.support.script import Act, Wait, whole

pytestmark = pytest.mark.virtual_time


async def test_a_body_over_the_limit_is_refused():
    house = House(a=[whole()], max_body=100)

    caller = await house.serve(Caller(b" " * 101))

    assert caller.status == 413


async def test_a_caller_who_sends_its_body_slowly_is_no_part_of_our_time():
    house = House(a=[whole()])
    caller = Caller(asking(stream=False))
    take = caller.receive

    async def receive():
        await asyncio.sleep(3.0)
        return await take()

    caller.receive = receive
    await house.serve(caller)

    assert house.ended.ttft_ms == pytest.approx(3000.0, abs=1)
    assert house.ended.overhead_ms == pytest.approx(0.0, abs=1)
    assert (house.ended.bytes_out, house.ended.runs[0].target) == (len(caller.body), "a/m")


async def test_only_allowed_headers_travel_and_each_request_carries_our_mark():
    house = House(a=[whole()])
    headers = [
        (b"anthropic-beta", b"b1"),
        (b"cookie", b"secret"),
        (b"authorization", b"Bearer mine"),
        (b"x-forwarded-for", b"1.2.3.4"),
    ]

    await house.serve(Caller(asking(stream=False), headers))

    sent = dict(house.upstream.calls[0].headers)
    assert sent["anthropic-beta"] == "b1"
    assert sent["via"] == "1.1 firstbyte-test"
    assert not {"cookie", "authorization", "x-forwarded-for"} & set(sent)


async def test_where_a_request_has_been_travels_on_before_our_mark():
    house = House(a=[whole()])
    been = [(b"via", b"1.1 edge, 1.1 firstbyte-other"), (b"via", b"1.0 inner")]

    await house.serve(Caller(asking(stream=False), been))

    marks = [value for name, value in house.upstream.calls[0].headers if name == "via"]
    assert marks == ["1.1 edge, 1.1 firstbyte-other, 1.0 inner, 1.1 firstbyte-test"]


async def test_bodies_that_are_on_their_way_in_have_a_budget_together():
    intake = Intake(500)
    house = House(a=[whole(), whole()], intake=intake)
    slow = Caller(asking(stream=False))
    slow.trickle(400)
    task = asyncio.ensure_future(house.serve(slow))
    await asyncio.sleep(0.1)
    held = intake.held

    refused = await house.serve(Caller(asking(stream=False, user="u" * 100)))
    slow.leave()
    await task
    served = await house.serve(Caller(asking(stream=False, user="u" * 100)))

    assert held == 400
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert (served.status, intake.held) == (200, 0)


@pytest.mark.parametrize("body", [b"no json", asking(stream=False)])
async def test_a_body_is_counted_no_more_once_it_is_parsed(body):
    intake = Intake()
    house = House(a=[Act(before_head=[Wait(50.0)])], intake=intake)
    caller = Caller(body)
    task = asyncio.ensure_future(house.serve(caller))
    await asyncio.sleep(1)

    held = intake.held
    caller.leave()
    await task

    assert held == 0
