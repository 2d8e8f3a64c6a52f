"""An answer that pauses: all of it is kept as it came, for whoever lets it go on."""

from dataclasses import replace

import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.anthropic.pausing import PausingAnswer, may_pause
from proxy.core.shape import ChatRequest
from tests.support.pausing import (
    CLAUDE,
    FIRST,
    FOUND,
    SEARCH,
    SEARCHES,
    THOUGHT,
    asks,
    streamed,
    whole,
)

CONTENT = [THOUGHT, SEARCH, FOUND, FIRST]
CALL = {"type": "tool_use", "id": "t1", "name": "tide", "input": {"port": "Cork"}}


def told(data, request=None, step=0):
    decoder = Anthropic().stream(request or asks(), CLAUDE, created=1)
    pieces = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    return [*chunks, *decoder.finish()]


def finishes(chunks):
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


@pytest.mark.parametrize("step", [0, 1, 7])
def test_what_was_said_before_the_pause_comes_as_it_was_and_no_finish(step):
    chunks = told(streamed(*CONTENT), step=step)

    assert chunks[-1]["paused"] == CONTENT
    assert chunks[-1]["usage"]["total_tokens"] == 15
    assert finishes(chunks) == []


def test_a_pause_without_usage_is_one_all_the_same():
    data = streamed(FIRST).replace(b'"usage"', b'"other"')

    assert told(data)[-1]["paused"] == [FIRST]
    assert "usage" not in told(data)[-1]


@pytest.mark.parametrize(
    ("data", "finish"),
    [
        (streamed(*CONTENT, stop="end_turn"), "stop"),
        (streamed(*CONTENT, stop="max_tokens"), "length"),
        (streamed(FIRST, CALL, stop="pause_turn"), "tool_calls"),
    ],
)
def test_any_other_end_is_one(data, finish):
    chunks = told(data)

    assert finishes(chunks) == [finish]
    assert not any("paused" in chunk for chunk in chunks)


def test_input_that_is_cut_leaves_the_one_that_the_block_was_opened_with():
    cut = streamed(SEARCH).replace(b'\\"}"}', b'"}')

    assert told(cut)[-1]["paused"] == [{**SEARCH, "input": {}}]


def test_a_block_that_is_still_open_at_the_pause_is_closed():
    data = streamed(FIRST).replace(b"content_block_stop", b"new_event")
    chunks = told(data)

    assert chunks[-1]["paused"] == [FIRST]
    assert any("annotations" in chunk["choices"][0]["delta"] for chunk in chunks[:-1])


def test_a_tool_that_takes_nothing_and_an_odd_delta_are_kept_too():
    bare = {**SEARCH, "input": {}}
    data = streamed(bare).replace(b'"partial_json":"{}"', b'"partial_json":""')
    odd = streamed(FIRST).replace(b'"text":"Loo"', b'"text":3')

    assert told(data)[-1]["paused"] == [bare]
    assert told(odd)[-1]["paused"][0]["text"] == "king. "


def test_a_delta_that_we_do_not_know_is_left_out():
    data = streamed(FIRST).replace(b'"citations_delta"', b'"new_delta"')

    assert told(data)[-1]["paused"] == [{"type": "text", "text": "Looking. "}]


def test_a_delta_of_an_odd_kind_is_left_out():
    data = streamed(FIRST).replace(b'"citations_delta"', b'["citations_delta"]')

    assert told(data)[-1]["paused"] == [{"type": "text", "text": "Looking. "}]


def test_an_empty_text_is_not_sent_back_since_it_would_be_refused():
    empty = {"type": "text", "text": ""}
    paused = Anthropic().decode(200, {}, whole(empty, SEARCH), created=1)

    assert paused["paused"] == told(streamed(empty, SEARCH))[-1]["paused"] == [SEARCH]


def test_a_pause_in_which_nothing_was_said_is_an_end():
    empty = {"type": "text", "text": ""}
    done = Anthropic().decode(200, {}, whole(empty), created=1)

    assert "paused" not in done
    assert done["choices"][0]["finish_reason"] == "stop"
    assert finishes(told(streamed(empty))) == ["stop"]


def test_a_whole_answer_that_calls_the_callers_tools_is_the_callers_turn():
    done = Anthropic().decode(200, {}, whole(FIRST, CALL), created=1)

    assert "paused" not in done
    assert done["choices"][0]["finish_reason"] == "tool_calls"


def test_pieces_that_come_for_no_block_are_a_failure_as_ever():
    decoder = Anthropic().stream(asks(), CLAUDE, created=1)
    head = streamed().partition(b"event: message_delta")[0]
    lost = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":3,'
    lost += b'"delta":{"type":"text_delta","text":"a"}}\n\n'

    with pytest.raises(Exception, match="not open"):
        decoder.feed(head + lost + lost)


def test_texts_that_no_block_takes_are_not_kept():
    answer = PausingAnswer(1, "m", 100)
    answer.open(0, {"type": "text", "text": "so"})

    assert answer.write(3, ["a", "b"]) is None
    answer.update({"stop_reason": "pause_turn"}, None)
    assert answer.end()[-1]["paused"] == [{"type": "text", "text": "so"}]


def test_only_tools_of_the_providers_make_an_answer_pause():
    servers = replace(CLAUDE, params={"mcp_servers": [{"url": "x"}]})

    assert may_pause(asks(), CLAUDE)
    assert may_pause(ChatRequest({}), servers)
    assert not may_pause(ChatRequest({}), CLAUDE)
    assert Anthropic().encode(asks(), CLAUDE).pauses
    assert finishes(told(streamed(FIRST), ChatRequest({}))) == ["stop"]


def test_a_caller_of_messages_goes_on_by_itself():
    request = ChatRequest(SEARCHES, b"{}", dialect="messages")

    assert not may_pause(request, CLAUDE)
    assert may_pause(replace(request, raw=b""), CLAUDE)


def test_a_whole_answer_says_it_too():
    paused = Anthropic().decode(200, {}, whole(*CONTENT), created=1)
    done = Anthropic().decode(200, {}, whole(*CONTENT, stop="end_turn"), created=1)

    assert paused["paused"] == CONTENT
    assert "paused" not in done
