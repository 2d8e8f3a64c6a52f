"""Whole answers over bare ASGI messages: one head, one body, and what they say."""

from decimal import Decimal

import pytest

from tests.support.endpoint import Caller, House, asking
from tests.support.script import Act, Wait, whole

pytestmark = pytest.mark.virtual_time


async def test_a_whole_answer_goes_out_at_once():
    house = House(a=[whole("hello")])

    caller = await house.serve(Caller(asking(stream=False)))

    assert caller.headers["content-type"] == "application/json"
    assert int(caller.headers["content-length"]) == len(caller.body)
    assert caller.json["choices"][0]["message"]["content"] == "hello"
    assert len(caller.sent) == 2


async def test_the_name_that_was_asked_for_may_stand_in_the_answer():
    house = House(a=[whole("hello")])

    caller = await house.serve(Caller(asking(stream=False, model="shown")))

    assert caller.json["model"] == "shown"


async def test_a_whole_answer_says_what_it_cost():
    house = House(cost=Decimal("0.00001250"), a=[whole(service_tier="flex")])

    caller = await house.serve(Caller(asking(stream=False, firstbyte={"report": True})))

    assert caller.headers["x-firstbyte-cost-usd"] == "0.00001250"
    assert caller.json["firstbyte"]["cost_usd"] == 0.0000125
    assert house.ended.cost_usd == Decimal("0.0000125")
    assert set(house.priced) == {("a/m", "m-1", house.ended.usage, "flex")}


async def test_a_cost_that_is_not_known_is_null_and_no_header():
    house = House(cost=None, a=[whole()])

    caller = await house.serve(Caller(asking(stream=False, firstbyte={"report": True})))

    assert "x-firstbyte-cost-usd" not in caller.headers
    assert caller.json["firstbyte"]["cost_usd"] is None
    assert house.ended.cost_usd is None


async def test_a_providers_rate_limit_headers_pass_and_no_others():
    act = whole()
    act.headers = {**act.headers, "x-ratelimit-remaining-tokens": "9", "set-cookie": "a=b"}
    house = House(a=[act])

    caller = await house.serve(Caller(asking(stream=False)))

    assert caller.headers["x-ratelimit-remaining-tokens"] == "9"
    assert "set-cookie" not in caller.headers


@pytest.mark.parametrize("announced", [b"0.001", b"500"])
async def test_a_whole_answer_has_the_time_that_was_announced_however_short(announced):
    house = House(a=[Act(before_head=[Wait(1e6)])])

    caller = await house.serve(Caller(asking(stream=False), [(b"x-request-timeout-ms", announced)]))

    assert caller.status == 504
    assert house.ended.duration_ms <= 500
