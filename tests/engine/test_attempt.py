"""One attempt by itself: what it knows before it has begun, after it spoke, and what it never tells."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from proxy.codecs.openai import OpenAI
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.usage import Usage
from proxy.engine.attempt import Attempt
from proxy.route.plan import Candidate
from tests.support.script import (
    ROLE,
    Act,
    Batches,
    ScriptedUpstream,
    Wait,
    asks,
    chunk,
    event,
    fails,
    refuses,
    says,
    slow,
    target,
    whole,
)
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

KEY = "a-key-that-nobody-may-read"


def attempt(act, request=None, **details):
    upstream = ScriptedUpstream(a=[act])
    candidate = Candidate(target("a", **details), slow())
    return Attempt(candidate, request or asks(), OpenAI(), upstream, LoopClock()), upstream


async def begun(act, request=None, **details):
    tried, upstream = attempt(act, request, **details)
    error = await tried.begin(60.0, 600.0)
    return tried, error, upstream


async def poured(tried, outlet=None):
    outlet = outlet or Batches()
    await tried.pour(outlet)
    return outlet.batches


async def test_a_whole_answer_calls_the_callers_custom_tool_whatever_its_argument_is_named():
    said = {"id": "c", "type": "function", "function": {"name": "sql", "arguments": '{"q":"1"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [said]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    request = asks(stream=False, tools=[{"type": "custom", "custom": {"name": "sql"}}])
    tried, error, _ = await begun(whole(choices=[choice]), request)
    [call] = tried.whole()["choices"][0]["message"]["tool_calls"]

    assert error is None
    assert call["custom"] == {"name": "sql", "input": '{"q":"1"}'}


TIDES = "harbour.tides"


def asks_for_tides(**fields):
    tool = {"type": "function", "function": {"name": TIDES, "parameters": {"type": "object"}}}
    return asks(tools=[tool], **fields)


async def heard_name(request):
    """What a target hears a tool called."""
    _, _, upstream = await begun(whole(), request)
    return jsons.decode(upstream.calls[0].body)["tools"][0]["function"]["name"]


async def test_a_tool_that_a_target_would_refuse_has_another_name_there_and_its_own_here():
    request = asks_for_tides(stream=False)
    name = await heard_name(request)
    called = {"id": "c", "type": "function", "function": {"name": name, "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    tried, error, _ = await begun(whole(choices=[choice]), request)
    [call] = tried.whole()["choices"][0]["message"]["tool_calls"]

    assert error is None
    assert name != TIDES
    assert call["function"]["name"] == TIDES


async def test_so_it_has_in_a_stream():
    request = asks_for_tides()
    name = await heard_name(request)
    called = {"index": 0, "id": "c", "type": "function", "function": {"name": name}}
    frames = [chunk({"tool_calls": [called]}), chunk({}, "tool_calls")]
    tried, _, _ = await begun(Act(body=[b"".join(frames), b"data: [DONE]\n\n"]), request)
    said = [one for many in await poured(tried) for one in many]

    assert name not in str(said)
    assert TIDES in str(said)
    await tried.aclose()


async def test_and_in_a_complaint():
    request = asks_for_tides()
    name = await heard_name(request)
    _, error, _ = await begun(fails(400, message=f"Invalid schema for '{name}'."), request)

    assert error.message == f"Invalid schema for '{TIDES}'."


async def test_before_it_begins_there_is_nothing_to_close_or_to_read():
    tried, upstream = attempt(says("hi"))

    await tried.aclose()

    assert tried.headers == {}
    assert upstream.log == []


async def test_what_was_held_back_comes_first_and_as_one():
    tried, error, _ = await begun(says("a", "b"))

    heard = await poured(tried)

    assert error is None
    assert [len(chunks) for chunks in heard[:2]] == [2, 1]
    await tried.aclose()


async def test_a_caller_who_reads_slowly_loses_nothing():
    tried, _, _ = await begun(says("a", "b", "c"))
    heard = await poured(tried, Batches(pause=3.0))

    said = [choice for many in heard for one in many for choice in one["choices"]]

    assert "".join(choice["delta"].get("content") or "" for choice in said) == "abc"
    assert asyncio.get_running_loop().time() >= 9.0
    await tried.aclose()


async def test_the_providers_headers_are_at_hand():
    act = says("hi")
    act.headers = {**act.headers, "x-ratelimit-limit-requests": "10"}

    tried, _, _ = await begun(act)

    assert tried.headers["x-ratelimit-limit-requests"] == "10"
    await tried.aclose()


async def test_usage_is_kept_whether_or_not_the_caller_asked_for_it():
    unary, _, _ = await begun(whole(), asks(stream=False))
    stream, _, _ = await begun(says("hi"))
    await poured(stream)

    assert unary.usage.total == stream.usage.total == 5


async def test_a_key_in_a_providers_words_is_not_passed_on():
    _, error, _ = await begun(fails(401, message=f"Incorrect key {KEY}."), api_key=Secret(KEY))

    assert error.kind is Kind.AUTH
    assert KEY not in error.message
    assert "…read" in error.message


async def test_nor_after_the_first_byte():
    broken = event({"error": {"message": f"{KEY} expired", "code": "invalid_api_key"}})
    act = Act(body=[chunk({"content": "x"}), Wait(0.1), broken])
    tried, _, _ = await begun(act, api_key=Secret(KEY))

    with pytest.raises(Exception, match="expired") as caught:
        await poured(tried)

    assert KEY not in str(caught.value.message)


async def test_the_end_of_http_is_awaited_a_moment_so_that_the_connection_can_be_kept():
    act = says("hi")
    act.body.append(Wait(0.05))
    tried, _, upstream = await begun(act)
    await poured(tried)

    await tried.aclose()

    assert upstream.log[-1] == "a closed"


async def test_but_not_longer():
    act = says("hi")
    act.body.append(Wait(1e6))
    tried, _, upstream = await begun(act)
    await poured(tried)

    await tried.aclose()

    assert upstream.log[-1] == "a cut off"
    assert asyncio.get_running_loop().time() < 0.2


async def test_nor_is_the_connection_forgotten_when_that_moment_is_cut_short():
    act = says("hi")
    act.body.append(Wait(1e6))
    tried, _, upstream = await begun(act)
    await poured(tried)
    closing = asyncio.ensure_future(tried.aclose())
    await asyncio.sleep(0.05)
    closing.cancel()
    await asyncio.wait([closing])

    assert closing.cancelled()
    assert upstream.log[-1] == "a cut off"


async def test_a_stream_that_nobody_reads_on_is_cut():
    tried, _, upstream = await begun(Act(body=[ROLE, chunk({"content": "x"}), Wait(1e6)]))

    await tried.aclose()

    assert upstream.log[-1] == "a cut off"


async def test_a_last_event_without_its_blank_line_is_still_said():
    act = Act(body=[chunk({"content": "x"}), chunk({}, "stop").rstrip()])
    tried, _, _ = await begun(act)

    said = [c for chunks in await poured(tried) for c in chunks]

    assert said[-1]["choices"][0]["finish_reason"] == "stop"
    await tried.aclose()


async def test_what_comes_after_the_last_event_is_read_away():
    act = says("hi")
    act.body += [Wait(0.01), b": bye\n\n"]
    tried, _, upstream = await begun(act)
    await poured(tried)

    await tried.aclose()

    assert upstream.log[-1] == "a closed"


class Mute(OpenAI):
    """A codec whose streams end well and say nothing."""

    def stream(self, request, target, *, created):
        return MuteStream()


class MuteStream:
    ended = over = False
    events = 0

    def feed(self, data):
        return []

    def finish(self):
        return []


async def test_a_stream_that_ends_well_and_says_nothing_is_empty():
    upstream = ScriptedUpstream(a=[says("hi")])
    tried = Attempt(Candidate(target("a"), slow()), asks(), Mute(), upstream, LoopClock())

    error = await tried.begin(60.0, 600.0)

    assert error.kind is Kind.EMPTY


class Told(MuteStream):
    """The terminal event has come, and the connection stays open."""

    ended = True

    def finish(self):
        raise ProxyError(Kind.OVERLOADED, "told before")


class Telling(OpenAI):
    def stream(self, request, target, *, created):
        return Told()


class Signing(OpenAI):
    """Takes no answer for what its provider refuses, but for one that was signed."""

    def unsigned(self, failure, request):
        if failure.message != "forged":
            return None
        return replace(request, body={**request.body, "user": "bare"}, raw=b"")


async def asked_anew(*acts):
    upstream = ScriptedUpstream(a=acts)
    tried = Attempt(Candidate(target("a"), slow()), asks(), Signing(), upstream, LoopClock())
    return tried, await tried.begin(60.0, 600.0), upstream


async def test_what_is_refused_for_its_signatures_is_asked_once_more_without_them():
    tried, error, upstream = await asked_anew(fails(400, message="forged"), says("hi"))
    first, second = (json.loads(call.body) for call in upstream.calls)
    await tried.aclose()

    assert error is None
    assert "user" not in first
    assert second == {**first, "user": "bare"}
    assert upstream.log[:3] == ["a asked", "a closed", "a asked"]


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([fails(400, message="forged"), fails(400, message="forged")], "forged"),
        ([fails(400, message="forged"), fails(503, message="busy")], "busy"),
        ([fails(400, message="wrong")], "wrong"),
    ],
)
async def test_a_refusal_is_told_where_asking_once_more_does_not_help(acts, said):
    _, error, upstream = await asked_anew(*acts)

    assert error.message == said
    assert len(upstream.calls) == len(acts)


async def test_a_provider_that_is_gone_when_it_is_asked_once_more_has_no_status():
    _, error, _ = await asked_anew(fails(400, message="forged"), refuses())

    assert (error.kind, error.status) == (Kind.CONNECT, None)


async def test_a_failure_that_was_told_does_not_wait_for_the_connection():
    act = Act(body=[chunk({}), Wait(1e6)])
    upstream = ScriptedUpstream(a=[act])
    tried = Attempt(Candidate(target("a"), slow()), asks(), Telling(), upstream, LoopClock())

    error = await tried.begin(60.0, 600.0)

    assert error.kind is Kind.OVERLOADED
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)


async def test_an_answer_that_names_no_model_is_the_targets():
    tried, _, _ = await begun(whole(model=""), asks(stream=False))

    assert tried.whole()["model"] == "m"


async def test_a_placeholder_of_a_key_is_not_looked_for_in_honest_words():
    _, error, _ = await begun(fails(401, message="bad key here"), api_key=Secret("e"))

    assert error.message == "bad key here"


def frames(count, **usage):
    """A stream that is cut behind so many words, and says its usage with each that is a number of these."""
    told = {int(name[1:]): tokens for name, tokens in usage.items()}
    words = [
        chunk(
            {"content": "x"},
            usage={"prompt_tokens": 9, "completion_tokens": told[at]} if at in told else None,
        )
        for at in range(count)
    ]
    return Act(body=words)


async def left(act):
    """An attempt whose answer was cut."""
    tried, _, _ = await begun(act)
    with pytest.raises(ProxyError):
        await poured(tried)
    await tried.aclose()
    return tried


async def test_what_was_told_of_usage_early_is_at_hand_where_an_answer_is_cut():
    tried = await left(frames(8, _0=1))

    assert tried.so_far == tried.usage == Usage(9, 1)


async def test_a_count_that_runs_along_is_right_as_it_stands():
    tried = await left(frames(3, _0=1, _1=2, _2=3))

    assert (tried.so_far, tried.usage) == (None, Usage(9, 3))


async def test_where_nothing_or_all_was_told_there_is_nothing_more_to_tell():
    silent = await left(frames(3))
    served, _, _ = await begun(says("hi"))
    await poured(served)
    whole_one, _, _ = await begun(whole(), asks(stream=False))

    assert (silent.so_far, silent.usage) == (None, None)
    assert (served.so_far, whole_one.so_far) == (None, None)


async def test_what_a_decoder_alone_was_told_counts():
    tried, _, _ = await begun(frames(3))
    tried._decoder = SimpleNamespace(ended=True, told=Usage(9, 1))

    assert tried.so_far == Usage(9, 1)
