"""What is told of every answer, whole or streamed, and what is no longer undone once it is out."""

import asyncio
from decimal import Decimal

import pytest

from proxy.config.schema import Live
from proxy.core.errors import Kind
from proxy.core.facts import Outcome
from proxy.engine.lane import Lane
from proxy.gate.load import Load
from tests.support.endpoint import Caller, House, asking
from tests.support.script import ROLE, Act, Wait, chunk, fails, says, whole

pytestmark = pytest.mark.virtual_time


@pytest.mark.parametrize("stream", [True, False])
async def test_a_bug_behind_an_answer_that_is_out_does_not_make_it_a_failure(stream, monkeypatch):
    async def broken(_):
        raise RuntimeError("a bug")

    house = House(a=[says("hi")] if stream else [whole()])
    monkeypatch.setattr(Lane, "aclose", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        await house.serve(Caller(asking(stream=stream)))

    assert (house.ended.outcome, house.ended.kind, house.ended.status) == (
        Outcome.SERVED,
        None,
        200,
    )


async def test_report_adds_what_happened_to_the_answer():
    house = House(a=[fails(503), fails(503)], b=[whole("hi"), says("hi")])
    asked = {"firstbyte": {"report": True}}

    body = await house.serve(Caller(asking(stream=False, **asked)))
    house.facts.clear()
    stream = await house.serve(Caller(asking(**asked)))

    told = body.json["firstbyte"]
    assert told["target"] == "b/m"
    assert [a["code"] for a in told["attempts"]] == ["overloaded", "served"]
    assert told["usage"]["total_tokens"] == 5
    assert b'"firstbyte":{"target":"b/m"' in stream.body


async def test_an_answer_that_names_no_model_is_priced_by_its_target():
    house = House(cost=None, a=[whole(model=None, service_tier=None)])

    await house.serve(Caller(asking(stream=False)))

    assert {answer[:2] for answer in house.priced} == {("a/m", "m")}


async def test_a_strange_model_name_cannot_break_a_header():
    house = House(a=[whole()])
    name = "a/m\r\nx-evil: 1\u2603"

    caller = await house.serve(Caller(asking(stream=False, model=name)))

    assert caller.headers["x-firstbyte-target"] == "a/m??x-evil: 1?"
    assert "x-evil" not in caller.headers


async def test_a_target_that_was_passed_over_is_told_and_not_counted():
    house = House(a=[fails(500)] * 5, b=[says("hi")] * 6)
    for _ in range(5):
        await house.serve(Caller(asking()))

    caller = await house.serve(Caller(asking()))

    assert caller.headers["x-firstbyte-cascade"] == "a/m=circuit_open, b/m=served"
    assert caller.headers["x-firstbyte-attempts"] == "1"


class Served(Caller):
    """A caller as a server tells of it: gone as soon as it has its answer; or something else happens then."""

    def then(self):
        self.leave()

    async def send(self, message):
        await super().send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.then()


def late_end(act):
    """HTTP ends a moment after the protocol."""
    act.body.append(Wait(0.05))
    return act


@pytest.mark.parametrize("stream", [True, False])
async def test_a_caller_who_has_its_answer_does_not_cost_the_connection(stream):
    house = House(a=[late_end(says("hi"))])

    caller = await house.serve(Served(asking(stream=stream)))

    assert house.upstream.log[-1] == "a closed"
    assert (house.ended.outcome, house.ended.status) == (Outcome.SERVED, 200)
    assert caller.complete


@pytest.mark.parametrize("stream", [True, False])
async def test_the_place_is_free_when_the_answer_is_out_before_the_connection_is_tidied_up(stream):
    load = Load(1, 0, 1.0)
    house = House(a=[late_end(says("hi"))], load=load)
    caller, seen = Served(asking(stream=stream)), []
    loop = asyncio.get_running_loop()
    caller.then = lambda: loop.call_later(
        0.01, lambda: seen.append((load.in_flight, len(house.facts)))
    )

    await house.serve(caller)

    assert seen == [(0, len(house.facts) - 1)]
    assert load.in_flight == 0


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_that_is_out_is_not_refused_when_the_server_stops(stream):
    house = House(a=[late_end(says("hi"))])
    caller = Served(asking(stream=stream))
    loop = asyncio.get_running_loop()
    dismiss = house.endpoint.presence.dismiss
    caller.then = lambda: loop.call_later(0.01, dismiss, Kind.DRAINING, "shutting down")

    await house.serve(caller)

    assert [message.get("more_body", False) for message in caller.sent[1:]].count(False) == 1
    assert house.ended.outcome is Outcome.SERVED


async def test_usage_and_cost_of_every_run_are_summed_and_split():
    half = Act(body=[ROLE, chunk({"content": "1, "}), chunk(usage={"prompt_tokens": 3})])
    house = House(cost=Decimal("0.5"), a=[half], b=[says("2")], live=Live(recover="user_turn"))

    caller = await house.serve(Caller(asking(firstbyte={"report": True})))

    assert house.ended.cost_usd == Decimal("1.0")
    assert house.ended.usage.prompt == 6
    assert b'"runs":[{"target":"a/m","usage":{"prompt_tokens":3' in caller.body
    assert caller.body.count(b'"cost_usd":0.5') == 2


async def test_a_sum_with_an_unknown_part_is_unknown():
    half = Act(body=[ROLE, chunk({"content": "1, "}), chunk(usage={"prompt_tokens": 3})])
    house = House(cost=None, a=[half], b=[says("2")], live=Live(recover="user_turn"))

    await house.serve(Caller(asking()))

    assert house.ended.cost_usd is None
