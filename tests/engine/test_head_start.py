"""A try that begins before its cascade: what wins it, and how a cascade goes on with it."""

import asyncio

import pytest

from proxy.config.schema import Limits
from proxy.core.errors import Kind
from tests.support.headstart import TWO, Scene
from tests.support.script import asks, plan, target
from tests.support.twins import answer, completion, exactly

pytestmark = pytest.mark.virtual_time

WHOLE = answer()
HEAD, _, BODY = WHOLE.partition(b"\r\n\r\n")
PATIENT = {"a": Limits(first_byte_timeout=8.0, first_byte_written=True)}


async def test_a_whole_answer_wins():
    scene = await Scene().begun()
    await asyncio.sleep(0.25)
    silent = scene.start.look(scene.request, 1)
    scene.line.says(WHOLE)
    won = scene.start.look(scene.request, 1)
    busy = scene.in_flight()
    scene.start.won(0.25)

    assert silent is None
    assert scene.line.written.startswith(b"POST /chat/completions HTTP/1.1\r\nhost: a\r\n")
    assert won.completion["choices"][0]["message"]["content"] == "hello"
    assert (won.usage.total, won.head.fields["content-type"]) == (5, "application/json")
    assert (busy, scene.in_flight(), scene.transport.pool.idle) == (1, 0, 1)
    assert scene.health.speed(target("a")) == 0.25


@pytest.mark.parametrize(("arguments", "custom"), [('{"q":"1"}', '{"q":"1"}'), ('{"q', None)])
async def test_a_call_of_the_callers_custom_tool_is_one_or_the_answer_is_not_plain(
    arguments, custom
):
    said = {"id": "c", "type": "function", "function": {"name": "sql", "arguments": arguments}}
    message = {"role": "assistant", "content": None, "tool_calls": [said]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    tools = [{"type": "custom", "custom": {"name": "sql"}}]
    scene = await Scene().begun(request=asks(stream=False, tools=tools))
    scene.line.says(answer(completion(choices=[choice])))
    won = scene.start.look(scene.request, 1)
    scene.start.close(0.0)
    calls = won and won.completion["choices"][0]["message"]["tool_calls"]

    assert (calls and calls[0]["custom"]["input"]) == custom


async def test_a_whole_answer_that_may_go_on_as_it_came_is_not_taken_apart():
    scene = await Scene().begun()
    scene.line.says(answer(exactly()))
    won = scene.start.look(scene.request, 1, may_pass=True)

    assert won.completion == {}
    assert (won.whole.body, won.whole.model, won.usage.total) == (exactly(), "sim-1", 5)


async def test_a_try_is_told_as_one_of_a_cascade():
    scene = await Scene().begun()
    served = scene.start.tried(1.5)
    ended = scene.start.tried(0.25, Kind.CANCELLED)

    assert (scene.start.name, served.target, served.kind, served.ms) == ("a/m", "a/m", None, 1500.0)
    assert (ended.kind, ended.ms, ended.began, ended.skipped) == (Kind.CANCELLED, 250.0, 0.0, False)

    scene.start.close(0.0)


@pytest.mark.parametrize(
    "said",
    [
        HEAD + b"\r\n\r\n",
        answer(status=500),
        answer(status=201),
        answer(kind="text/event-stream"),
        answer(None, "content-encoding: identity"),
        answer(b" " + BODY),
        answer(b"{}"),
        answer(b"{"),
        answer(completion(model="")),
        answer(completion(id="c" * 5000)),
    ],
)
async def test_what_is_no_plain_answer_wins_nothing_and_stays_for_the_cascade(said):
    brief = plan("a", targets={"a": target("a", max_answer=4000)})
    scene = await Scene().begun(brief)
    scene.line.says(said)

    assert scene.start.look(scene.request, 1) is None
    assert (scene.start.sent.exchange.status > 0, scene.in_flight()) == (True, 1)

    scene.start.close(0.0)


async def test_a_try_that_is_closed_leaves_no_trace():
    scene = await Scene().begun()
    scene.start.close(1.0)
    await asyncio.sleep(0)

    assert scene.line.is_closing()
    assert (scene.in_flight(), scene.transport.pool.open) == (0, 0)
    assert scene.health.speed(target("a")) == 0.0


async def test_a_cascade_waits_for_what_is_still_to_come():
    scene = await Scene().begun()
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(1.5)
    scene.line.says(WHOLE)

    assert await going == ([("a/m", None, 1500.0)], "hello")
    assert (len(scene.lines), scene.in_flight(), scene.transport.pool.idle) == (1, 0, 1)
    assert scene.health.speed(target("a")) == 1.5


async def test_a_cascade_finds_what_came_before_it():
    scene = await Scene().begun()
    scene.line.says(HEAD + b"\r\n\r\n" + BODY[:9])
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(0)
    scene.line.says(BODY[9:])

    assert (await going)[1] == "hello"
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


async def test_a_failure_is_followed_by_the_next_target():
    scene = await Scene().begun(TWO)
    scene.line.says(answer(b"{}", status=500))
    going = asyncio.ensure_future(scene.go_on())
    line = await scene.asked()
    line.says(WHOLE)
    tried, said = await going

    assert (tried, said) == ([("a/m", Kind.SERVER_ERROR, 0.0), ("b/m", None, 0.0)], "hello")
    assert b"host: b\r\n" in line.written
    assert [fact.moved_on for fact in scene.facts] == [True]
    assert scene.in_flight() == 0


async def test_a_failure_of_the_only_target_is_the_answer():
    scene = await Scene().begun()
    scene.line.says(answer(b"{}", status=500))

    assert await scene.go_on() == ([("a/m", Kind.SERVER_ERROR, 0.0)], Kind.SERVER_ERROR)
    assert (len(scene.lines), scene.in_flight()) == (1, 0)


async def test_a_further_try_at_the_same_target_is_a_fresh_one():
    scene = await Scene().begun(plan("a", limits={"a": Limits(retries=1)}))
    scene.line.says(answer(b"{}", "connection: close", status=500))
    going = asyncio.ensure_future(scene.go_on())
    (await scene.asked(0.01)).says(WHOLE)
    tried, said = await going

    assert ([kind for _, kind, _ in tried], said) == ([Kind.SERVER_ERROR, None], "hello")
    assert scene.in_flight() == 0


async def test_a_connection_that_is_lost_without_a_byte_costs_no_try():
    scene = await Scene().begun()
    scene.line.hangs_up()
    going = asyncio.ensure_future(scene.go_on())
    line = await scene.asked()
    line.says(WHOLE)

    assert await going == ([("a/m", None, 0.0)], "hello")
    assert line.written == scene.line.written
    assert scene.in_flight() == 0


async def test_a_connection_that_is_lost_after_a_byte_fails_the_try():
    scene = await Scene().begun()
    scene.line.says(WHOLE[:40])
    scene.line.hangs_up()

    assert await scene.go_on() == ([("a/m", Kind.RESET, 0.0)], Kind.RESET)
    assert (len(scene.lines), scene.in_flight()) == (1, 0)


@pytest.mark.parametrize("waited", [0.0, 3.0, 7.75])
async def test_the_first_byte_has_the_time_that_began_with_the_head_start(waited):
    scene = await Scene().begun(plan("a", limits=PATIENT))
    await asyncio.sleep(waited)
    tried, said = await scene.go_on()

    assert (tried, said) == ([("a/m", Kind.FIRST_BYTE_TIMEOUT, 8000.0)], Kind.FIRST_BYTE_TIMEOUT)
    assert scene.in_flight() == 0


async def test_the_whole_call_has_the_time_that_began_with_the_head_start():
    scene = await Scene().begun(plan("a", total=5.0))
    await asyncio.sleep(4.5)
    scene.line.says(HEAD + b"\r\n\r\n")

    assert await scene.go_on() == ([("a/m", Kind.TOTAL_TIMEOUT, 5000.0)], Kind.TOTAL_TIMEOUT)
    assert scene.in_flight() == 0


async def test_a_caller_who_leaves_closes_the_connection():
    scene = await Scene().begun()
    going = asyncio.ensure_future(scene.go_on())
    await asyncio.sleep(1.0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going

    assert scene.line.is_closing()
    assert (scene.in_flight(), scene.transport.pool.open) == (0, 0)
