"""A call that was refused, asked once more within the same try: what goes out then, what is told, and what is remembered."""

import json
from dataclasses import replace

import pytest

from proxy.codecs.gemini import Gemini
from proxy.codecs.openai import OpenAI
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall, Quirks
from proxy.engine.amends import MOST_FIELDS, Amends
from proxy.engine.attempt import Attempt
from proxy.route.health import Health
from proxy.route.lessons import Lessons
from proxy.route.plan import Candidate
from tests.support.script import (
    ScriptedUpstream,
    asks,
    fails,
    perform,
    plan,
    refuses,
    says,
    slow,
    target,
    whole,
)
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

TOOLS = [{"type": "function", "function": {"name": "tide", "parameters": {}}}]


def unknown(name):
    return fails(400, "unknown_parameter", f"Unknown parameter: '{name}'.")


def spoilt():
    return fails(400, "tool_use_failed", "Failed to call a function.")


async def tried(acts, request=None, lessons=None, **details):
    upstream = ScriptedUpstream(a=acts)
    candidate = Candidate(target("a", **details), slow())
    known = Lessons() if lessons is None else lessons
    attempt = Attempt(candidate, request or asks(), OpenAI(), upstream, LoopClock(), lessons=known)
    error = await attempt.begin(60.0, 600.0)
    await attempt.aclose()
    return attempt, error, [json.loads(call.body) for call in upstream.calls]


async def test_a_refused_wish_for_usage_is_left_out_and_the_next_call_knows():
    lessons = Lessons()
    attempt, error, sent = await tried([unknown("stream_options"), says("hi")], lessons=lessons)
    _, later, next_sent = await tried([says("hi")], lessons=lessons)

    assert (error, later) == (None, None)
    assert ["stream_options" in body for body in sent] == [True, False]
    assert ["stream_options" in body for body in next_sent] == [False]
    assert attempt.dropped == ()


async def test_what_the_caller_asked_for_is_told_at_once_and_later():
    lessons, request = Lessons(), asks(False, temperature=0.2)
    attempt, error, _ = await tried([unknown("temperature"), whole()], request, lessons)
    later, _, sent = await tried([whole()], request, lessons)

    assert error is None
    assert attempt.dropped == later.dropped == ("temperature",)
    assert "temperature" not in sent[0]


async def test_an_effort_that_was_said_in_the_vendors_words_is_told_in_the_callers():
    quirks = Quirks(request=("template_thinking", "separate_reasoning"))
    acts = [unknown("chat_template_kwargs"), unknown("separate_reasoning"), whole()]
    request = asks(False, reasoning_effort="none")
    upstream = ScriptedUpstream(a=acts)
    candidate = Candidate(replace(target("a", quirks=quirks), model="qwen3"), slow())
    attempt = Attempt(candidate, request, OpenAI(), upstream, LoopClock())
    error = await attempt.begin(60.0, 600.0)
    last = json.loads(upstream.calls[-1].body)

    assert error is None
    assert last.keys() == {"model", "messages"}
    assert attempt.dropped == ("reasoning_effort",)


async def test_a_limit_goes_by_its_other_name_and_nothing_is_told():
    request = asks(False, max_tokens=5)
    attempt, error, sent = await tried([unknown("max_tokens"), whole()], request)

    assert (error, attempt.dropped) == (None, ())
    assert [body.get("max_completion_tokens") for body in sent] == [None, 5]
    assert [body.get("max_tokens") for body in sent] == [5, None]


async def test_a_stream_of_a_model_that_gives_no_whole_answers_is_put_together():
    acts = [fails(400, message="It must have stream=true"), says("hi", " you")]
    attempt, error, sent = await tried(acts, asks(False))

    assert (error, attempt.dropped) == (None, ())
    assert [body.get("stream") for body in sent] == [None, True]
    assert sent[1]["stream_options"] == {"include_usage": True}
    assert attempt.whole()["choices"][0]["message"]["content"] == "hi you"
    assert attempt.usage.total == 5


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([unknown("max_tokens"), unknown("max_completion_tokens")], "max_completion_tokens"),
        ([unknown("tools")], "tools"),
        ([unknown("user"), unknown("user")], "user"),
        ([unknown("user"), fails(400, message="no")], "no"),
        ([unknown("user"), fails(503, message="busy")], "busy"),
    ],
)
async def test_a_refusal_is_told_where_leaving_out_does_not_help_and_nothing_is_learned(acts, said):
    lessons = Lessons()
    request = asks(False, max_tokens=5, tools=TOOLS, user="u")
    _, error, sent = await tried(list(acts), request, lessons)

    assert said in error.message
    assert len(sent) == len(acts)
    assert not lessons.known


async def test_what_is_written_the_same_way_again_is_not_sent_again():
    class Stubborn(OpenAI):
        def encode(self, request, target):
            return HttpCall(f"{target.base_url}/x", (), b'{"user":"u"}')

    upstream = ScriptedUpstream(a=[unknown("user")])
    attempt = Attempt(Candidate(target("a"), slow()), asks(), Stubborn(), upstream, LoopClock())
    error = await attempt.begin(60.0, 600.0)

    assert error.kind is Kind.INVALID_REQUEST
    assert len(upstream.calls) == 1


async def test_fields_are_named_one_at_a_time_but_not_for_ever():
    fields = ("user", "store", "seed", "verbosity", "metadata")
    request = asks(False, **dict.fromkeys(fields, 1))
    _, error, sent = await tried([unknown(name) for name in fields], request)

    assert error.status == 400
    assert len(sent) == 1 + MOST_FIELDS


async def test_a_provider_that_is_gone_when_it_is_asked_once_more_has_no_status():
    _, error, _ = await tried([unknown("stream_options"), refuses()])

    assert (error.kind, error.status) == (Kind.CONNECT, None)


async def test_it_is_one_attempt_that_speaks_against_nobody():
    upstream = ScriptedUpstream(a=[unknown("stream_options"), says("hi")], b=[])
    health = Health(lambda: 0.5)
    scene = await perform(upstream, plan("a", "b"), health=health)

    assert scene.text == "hi"
    assert scene.tried == ["a/m=served"]
    assert not scene.facts
    assert health.fitness(target("a"), 0.0).share == 1.0


async def test_the_log_says_what_a_target_refuses(caplog):
    request = asks(False, max_tokens=5, user="u")
    await tried([unknown("max_tokens"), unknown("user"), whole()], request)

    assert caplog.messages == [
        "a/m refuses max_tokens (max_completion_tokens in its place), user: for an hour its calls go without"
    ]


async def test_a_spoilt_answer_is_asked_for_once_more_and_cooler():
    request = asks(False, temperature=0.8, tools=TOOLS)
    lessons = Lessons()
    attempt, error, sent = await tried([spoilt(), whole()], request, lessons)

    assert error is None
    assert [body["temperature"] for body in sent] == [0.8, 0.4]
    assert attempt.dropped == ("temperature",)
    assert not lessons.known


async def test_a_temperature_that_nobody_asked_for_is_not_told():
    attempt, _, sent = await tried([spoilt(), whole()], asks(False, tools=TOOLS))

    assert [body.get("temperature") for body in sent] == [None, 0.5]
    assert attempt.dropped == ()


async def test_spoilt_twice_another_target_is_asked():
    upstream = ScriptedUpstream(a=[spoilt(), spoilt()], b=[says("hi")])
    scene = await perform(upstream, plan("a", "b"), asks(tools=TOOLS))

    assert scene.tried == ["a/m=invalid_request", "b/m=served"]


async def test_a_codec_that_can_leave_nothing_out_has_its_refusals_told():
    failure = ProxyError(Kind.INVALID_REQUEST, "Unknown parameter: 'user'.", status=400)
    call = HttpCall("http://a", (), b'{"user":"u"}')
    amends = Amends(Gemini(), asks(user="u"), target("a"))

    assert not amends.made(failure, call)


class Endless:
    """A codec that always has something else to leave out."""

    def unsigned(self, failure, request):
        return replace(request, model=request.model + failure.message)


async def test_a_codec_leaves_something_out_twice_and_then_no_more():
    amends, call = Amends(Endless(), asks(), target("a")), HttpCall("u", (), b"{}")
    refused = ProxyError(Kind.INVALID_REQUEST, "!", status=400)
    asked = amends.request.model

    assert [amends.made(refused, call) for _ in range(3)] == [True, True, False]
    assert amends.request.model == asked + "!!"
