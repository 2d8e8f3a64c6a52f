"""An answer of several turns: the caller gets one."""

import asyncio

import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import HttpCall
from proxy.core.usage import Usage
from proxy.engine.attempt import Attempt
from proxy.engine.pauses import MOST, Pauses
from proxy.route.plan import Candidate
from tests.support.pausing import (
    ASKED,
    CLAUDE,
    FIRST,
    FOUND,
    SEARCH,
    SECOND,
    THOUGHT,
    asks,
    streamed,
    whole,
)
from tests.support.script import JSON, Act, Batches, ScriptedUpstream, Wait, fails, slow
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

TURN = (THOUGHT, SEARCH, FOUND, FIRST)
PAUSED = Act(body=[streamed(*TURN)])
DONE = Act(body=[streamed(SECOND, stop="end_turn", mark="2")])
CALL = {"type": "tool_use", "id": "t1", "name": "patch", "input": {FREEFORM: "x"}}


def attempt(*acts, request=None, **limits):
    upstream = ScriptedUpstream(a=acts)
    candidate = Candidate(CLAUDE, slow(**limits))
    tried = Attempt(candidate, request or asks(), Anthropic(), upstream, LoopClock())
    return tried, upstream


async def heard(tried, request=None):
    """All that a caller gets, as one answer."""
    assert await tried.begin(60.0, 600.0) is None
    outlet = Batches()
    await tried.pour(outlet)
    await tried.aclose()
    return [chunk for batch in outlet.batches for chunk in batch]


async def completed(tried):
    """A whole answer."""
    assert await tried.begin(60.0, 600.0) is None
    await tried.aclose()
    return tried.whole()


def content_of(call):
    messages = jsons.decode(call.body)["messages"]
    return messages[-1]["content"] if messages[-1]["role"] == "assistant" else None


def check(answer):
    """One answer of both turns."""
    [choice] = answer["choices"]
    spans = [
        (note["url_citation"]["start_index"], note["url_citation"]["end_index"])
        for note in choice["message"]["annotations"]
    ]

    assert choice["message"]["content"] == "Looking. At 14:20."
    assert choice["finish_reason"] == "stop"
    assert spans == [(0, 9), (9, 18)]
    assert answer["id"] == "msg_1"
    assert answer["usage"]["prompt_tokens"] == 20
    assert answer["usage"]["completion_tokens"] == 10
    assert "paused" not in answer


async def test_a_stream_goes_on_after_a_pause_as_if_there_had_been_none():
    tried, upstream = attempt(PAUSED, DONE)
    chunks = await heard(tried)
    roles = [
        choice
        for chunk in chunks
        for choice in chunk["choices"]
        if choice["delta"].get("role") == "assistant"
    ]

    check(fold(chunks))
    assert len(roles) == 1
    assert {chunk["id"] for chunk in chunks} == {"msg_1"}
    assert [bool(chunk.get("usage")) for chunk in chunks].count(True) == 1
    assert [content_of(call) for call in upstream.calls] == [None, list(TURN)]
    assert tried.usage.total == 30
    assert upstream.log.count("a closed") == 2


async def test_what_goes_on_is_asked_for_as_the_first_was():
    tried, upstream = attempt(PAUSED, DONE)
    await heard(tried)
    first, second = (jsons.decode(call.body) for call in upstream.calls)

    assert second["messages"][:-1] == first["messages"]
    assert {**second, "messages": 0} == {**first, "messages": 0}
    assert upstream.calls[0].headers == upstream.calls[1].headers


async def test_a_whole_answer_goes_on_too():
    acts = [whole(*TURN), whole(SECOND, stop="end_turn", mark="2")]
    tried, upstream = attempt(*(Act(headers=JSON, body=[act]) for act in acts), request=asks(False))

    assert await tried.begin(60.0, 600.0) is None

    await tried.aclose()
    check(tried.whole())
    assert content_of(upstream.calls[1]) == list(TURN)
    assert tried.usage.total == 30


async def test_so_does_a_stream_for_a_caller_who_asked_for_none():
    tried, _ = attempt(PAUSED, DONE, request=asks(False))

    assert await tried.begin(60.0, 600.0) is None

    await tried.aclose()
    check(tried.whole())


async def test_and_one_that_is_held_back_until_it_is_complete():
    tried, _ = attempt(PAUSED, DONE, commit="complete")
    chunks = await heard(tried)

    check(fold(chunks))


async def test_a_pause_before_anything_was_said_is_no_empty_answer():
    tried, upstream = attempt(Act(body=[streamed(SEARCH, FOUND)]), DONE)
    chunks = await heard(tried)

    assert fold(chunks)["choices"][0]["message"]["content"] == "At 14:20."
    assert len(upstream.calls) == 2


async def test_a_pause_that_the_connection_ends_with_is_one():
    # Without the blank line the last event only counts when the provider has closed.
    tried, upstream = attempt(Act(body=[streamed(FIRST)[:-2]]), DONE)

    check(fold(await heard(tried)))
    assert len(upstream.calls) == 2


async def test_custom_tools_stay_it_though_the_request_is_forgotten_before_the_second_turn():
    tool = {"type": "custom", "custom": {"name": "patch"}}
    last = Act(body=[streamed(CALL, stop="tool_use", mark="2")])
    request = asks(tools=[tool])
    tried, _ = attempt(PAUSED, last, request=request)

    assert await tried.begin(60.0, 600.0) is None
    request.forget()
    outlet = Batches()
    await tried.pour(outlet)
    await tried.aclose()

    answer = fold([chunk for batch in outlet.batches for chunk in batch])
    [call] = answer["choices"][0]["message"]["tool_calls"]
    assert call["custom"] == {"name": "patch", "input": "x"}


async def test_a_provider_that_pauses_for_ever_is_asked_only_so_often():
    tried, upstream = attempt(*[Act(body=[streamed(FIRST)]) for _ in range(MOST + 5)])
    answer = fold(await heard(tried))

    assert len(upstream.calls) == MOST + 1
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["choices"][0]["message"]["content"] == "Looking. " * (MOST + 1)
    assert answer["usage"]["total_tokens"] == 15 * (MOST + 1)


async def test_so_is_one_whose_answers_are_whole_and_tell_no_usage():
    body = whole(FIRST).replace(b'"usage"', b'"other"')
    acts = [Act(headers=JSON, body=[body]) for _ in range(MOST + 5)]
    tried, upstream = attempt(*acts, request=asks(False))

    assert await tried.begin(60.0, 600.0) is None

    await tried.aclose()
    assert len(upstream.calls) == MOST + 1
    assert tried.whole()["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (fails(529, type_="overloaded_error"), Kind.OVERLOADED),
        (Act(before_head=[Wait(1e6)]), Kind.IDLE_TIMEOUT),
    ],
)
async def test_a_turn_that_does_not_come_cuts_the_stream_and_what_was_used_is_known(act, kind):
    tried, _ = attempt(PAUSED, act)

    with pytest.raises(Exception, match=r".") as caught:
        await heard(tried)

    await tried.aclose()
    assert caught.value.kind is kind
    assert tried.usage.total == 15


SILENT = Act(before_head=[Wait(1e6)])
UNSAID = Act(body=[streamed(SEARCH, FOUND)])


@pytest.mark.parametrize(
    ("acts", "asked", "changes", "clocks", "kind", "at"),
    [
        ((UNSAID, SILENT), asks(), {}, (20.0, 600.0), Kind.FIRST_BYTE_TIMEOUT, 20.0),
        ((UNSAID, SILENT), asks(), {}, (500.0, 600.0), Kind.FIRST_BYTE_TIMEOUT, 500.0),
        ((PAUSED, SILENT), asks(False), {}, (20.0, 50.0), Kind.TOTAL_TIMEOUT, 50.0),
        ((PAUSED, SILENT), asks(False), {}, (20.0, 600.0), Kind.IDLE_TIMEOUT, 60.0),
        ((PAUSED, SILENT), asks(), {"commit": "complete"}, (20.0, 50.0), Kind.TOTAL_TIMEOUT, 50.0),
    ],
)
async def test_a_turn_that_does_not_come_is_told_by_the_clock_that_struck(
    acts, asked, changes, clocks, kind, at
):
    tried, _ = attempt(*acts, request=asked, first_byte_timeout=60.0, **changes)
    loop = asyncio.get_running_loop()
    began = loop.time()
    error = await tried.begin(*clocks)

    await tried.aclose()
    assert (error.kind, loop.time() - began) == (kind, at)


async def test_a_turn_of_one_that_reasons_has_as_long_to_begin_as_a_first_one():
    late = Act(before_head=[Wait(200.0)], body=DONE.body)
    tried, _ = attempt(
        PAUSED,
        late,
        request=asks(reasoning_effort="high"),
        first_byte_timeout=60.0,
        first_byte_reasoning=300.0,
    )

    check(fold(await heard(tried)))


async def test_a_turn_that_is_cut_has_told_of_those_before_it_too():
    second = streamed(SECOND, stop="end_turn", mark="2")
    cut = second[: second.index(b"event: content_block_stop")]
    tried, _ = attempt(PAUSED, Act(body=[cut]))

    with pytest.raises(ProxyError) as caught:
        await heard(tried)

    told = tried.so_far
    await tried.aclose()
    assert caught.value.kind is Kind.TRUNCATED
    assert (told.prompt, told.completion) == (20, 6)


def test_a_turn_that_has_not_begun_leaves_what_those_before_it_told():
    pauses = Pauses(HttpCall("", (), b""))
    pauses.usage = Usage(10, 5)
    decoder = Anthropic().stream(asks(), CLAUDE, created=0)

    assert decoder.told is None
    assert pauses.stream(decoder).told == Usage(10, 5)


async def test_a_turn_of_a_whole_answer_that_is_refused_is_a_failure_like_any_other():
    acts = [Act(headers=JSON, body=[whole(*TURN)]), fails(500)]
    tried, _ = attempt(*acts, request=asks(False))
    error = await tried.begin(60.0, 600.0)

    await tried.aclose()
    assert error.kind is Kind.SERVER_ERROR


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_that_pauses_behind_a_call_of_its_callers_is_the_callers_to_go_on_with(
    stream,
):
    turn = (FIRST, {**CALL, "input": {"at": "x"}})
    act = Act(body=[streamed(*turn)]) if stream else Act(headers=JSON, body=[whole(*turn)])
    tried, upstream = attempt(act, request=asks(stream))

    answer = fold(await heard(tried)) if stream else await completed(tried)

    [choice] = answer["choices"]
    assert choice["message"]["tool_calls"][0]["function"]["name"] == "patch"
    assert choice["finish_reason"] == "tool_calls"
    assert len(upstream.calls) == 1


async def test_an_answer_that_nobody_goes_on_with_does_not_say_that_it_paused():
    request = asks(False)
    del request.body["web_search_options"]
    tried, _ = attempt(Act(headers=JSON, body=[whole(*TURN)]), request=request)

    assert await tried.begin(60.0, 600.0) is None

    await tried.aclose()
    assert "paused" not in tried.whole()
    assert tried.whole()["choices"][0]["finish_reason"] == "stop"


def test_notes_of_other_kinds_are_left_as_they_are():
    pauses = Pauses(HttpCall("u", (), jsons.encode({"messages": ASKED})))
    pauses.told([{"choices": [], "paused": [FIRST]}])
    notes = [{"type": "other"}, {"url_citation": {"url": "u"}}]
    choice = {"index": 0, "delta": {"annotations": notes}, "finish_reason": None}
    [chunk] = pauses.told([{"choices": [choice]}])

    assert chunk["choices"][0]["delta"]["annotations"] == notes
