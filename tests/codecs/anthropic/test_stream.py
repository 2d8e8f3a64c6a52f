import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.anthropic import Anthropic
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from tests.support import corpus
from tests.support.claude import target

START = {"type": "message_start", "message": {"id": "msg_1", "model": "claude-x"}}
OPEN = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
STOP = {"type": "message_stop"}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
PING = {"type": "ping"}
BUSY = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}


def text(piece, index=0):
    delta = {"type": "text_delta", "text": piece}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def sse(*events):
    return b"".join(
        f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n".encode() for event in events
    )


def stream(body=None, **named):
    return Anthropic().stream(ChatRequest(body=body or {}), target(**named), created=1)


def complaint(action, *arguments):
    with pytest.raises(ProxyError) as caught:
        action(*arguments)
    return caught.value


def content(chunks):
    return [chunk["choices"][0]["delta"].get("content") for chunk in chunks if chunk["choices"]]


def test_events_become_chunks_as_they_come():
    decoder = stream()

    assert content(decoder.feed(sse(START))) == [""]
    assert decoder.feed(sse(PING, OPEN)) == []
    assert content(decoder.feed(sse(text("Hi")))) == ["Hi"]
    assert decoder.feed(sse(END)) == []
    assert (decoder.ended, decoder.over, decoder.events) == (False, False, 5)
    [finish] = decoder.feed(sse(STOP))
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert (decoder.ended, decoder.over, decoder.events) == (True, True, 6)
    assert decoder.finish() == []


def test_nothing_is_read_after_the_end():
    decoder = stream()
    decoder.feed(sse(START, OPEN, text("Hi"), END, STOP))

    assert decoder.feed(sse(BUSY, text("more")) + b"data: {\n\n") == []
    assert decoder.events == 5


def test_an_event_counts_by_its_own_type_or_by_its_name():
    named = {key: value for key, value in START.items() if key != "type"}
    decoder = stream()

    assert decoder.feed(b"event: message_start\ndata: " + json.dumps(named).encode() + b"\n\n")
    assert decoder.feed(b"data: " + json.dumps(OPEN).encode() + b"\n\n") == []
    assert decoder.feed(b"event: ping\n\ndata:\n\ndata: [DONE]\n\n") == []
    assert (decoder.events, decoder.unknown) == (2, 0)


def test_what_is_not_known_is_counted_and_does_no_harm():
    hologram = {"type": "content_block_start", "index": 1, "content_block": {"type": "hologram"}}
    decoder = stream()
    decoder.feed(sse(START, {"type": "weather"}, {"type": ["odd"]}, hologram, OPEN, text("Hi")))

    assert decoder.unknown == 3
    assert decoder.events == 6


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (BUSY, Kind.OVERLOADED),
        ({"type": "error", "error": {"type": "api_error", "message": "x"}}, Kind.SERVER_ERROR),
        ({"type": "error", "error": {"type": "timeout_error"}}, Kind.UPSTREAM_TIMEOUT),
        ({"type": "error", "error": {"type": "rate_limit_error"}}, Kind.RATE_LIMIT),
        (
            {
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"},
            },
            Kind.CONTEXT_LENGTH,
        ),
        ({"type": "error"}, Kind.SERVER_ERROR),
        ({"error": {"message": "no more", "type": "insufficient_quota"}}, Kind.QUOTA),
    ],
)
@pytest.mark.parametrize("before", [(), (START, PING, OPEN)])
def test_an_error_event_is_raised_as_its_class(event, kind, before):
    decoder = stream()
    decoder.feed(sse(*before))

    assert complaint(decoder.feed, sse(event)).kind is kind


def test_an_answer_and_its_failure_in_one_read_are_a_failure_that_nobody_sees():
    assert complaint(stream().feed, sse(START, OPEN, text("Hi"), BUSY)).kind is Kind.OVERLOADED


def test_a_failure_behind_more_of_an_answer_that_has_begun_waits_for_it():
    decoder = stream()
    decoder.feed(sse(START, OPEN, text("High ")))

    assert content(decoder.feed(sse(text("water"), BUSY))) == ["water"]
    assert (decoder.over, decoder.ended) == (True, False)
    assert complaint(decoder.feed, b"").kind is Kind.OVERLOADED
    assert complaint(decoder.finish).kind is Kind.OVERLOADED


def test_a_failure_after_the_beginning_with_nothing_before_it_is_raised_at_once():
    decoder = stream()
    decoder.feed(sse(START, OPEN, text("High ")))

    assert complaint(decoder.feed, sse(BUSY)).kind is Kind.OVERLOADED


@pytest.mark.parametrize("upto", [1, 2, 3, 4])
def test_a_stream_without_its_end_is_cut(upto):
    decoder = stream()
    decoder.feed(sse(*[START, OPEN, text("Hi"), END][:upto]))

    assert complaint(decoder.finish).kind is Kind.TRUNCATED


@pytest.mark.parametrize(
    ("tail", "whole"),
    [(sse(STOP).rstrip(), True), (sse(STOP)[:-3], False), (sse(STOP)[:-1], True), (b"", False)],
)
def test_a_last_event_without_its_end_counts_if_it_is_whole(tail, whole):
    decoder = stream()
    decoder.feed(sse(START, OPEN, text("Hi"), END) + tail)

    if whole:
        assert decoder.finish()[-1]["choices"][0]["finish_reason"] == "stop"
    else:
        assert complaint(decoder.finish).kind is Kind.TRUNCATED


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", Kind.EMPTY, "without any event"),
        (b": comment\n\n", Kind.EMPTY, "without any event"),
        (b"<html><title>Sign in</title></html>", Kind.MALFORMED, "Sign in"),
        (b"Bad gateway", Kind.MALFORMED, "no event stream"),
        (b'{"type": "message"}', Kind.MALFORMED, "no event stream"),
        (json.dumps(BUSY).encode(), Kind.OVERLOADED, "Busy."),
    ],
)
def test_why_nothing_came_is_told(data, kind, words):
    decoder = stream()
    decoder.feed(data)
    error = complaint(decoder.finish)

    assert error.kind is kind
    assert words in error.message


@pytest.mark.parametrize(
    "data",
    [
        b"data: {\n\n",
        b"data: [1]\n\n",
        b"data: \xff\n\n",
        sse({**OPEN, "index": None}),
        sse({**OPEN, "index": True}),
        sse({**OPEN, "index": "0"}),
        sse({**OPEN, "content_block": None}),
        sse(START, text("x", 10**30)),
        sse({"type": "content_block_delta", "index": 0}),
    ],
)
def test_what_makes_no_sense_is_malformed(data):
    assert complaint(stream().feed, data).kind is Kind.MALFORMED


def test_an_error_in_plain_words_is_told_in_them():
    failure = complaint(stream().feed, b"event: error\ndata: upstream is overloaded\n\n")

    assert failure.message == "upstream is overloaded"
    assert failure.kind is not Kind.MALFORMED


def test_indexes_need_not_be_sensible():
    events = [{**OPEN, "index": 10**30}, text("Hi", 10**30), {**OPEN, "index": -1}, text("!", -1)]
    chunks = stream().feed(sse(START, *events, END, STOP))

    assert fold(chunks)["choices"][0]["message"]["content"] == "Hi!"


def test_an_event_larger_than_the_cap_is_refused():
    decoder = stream(max_event=1_000)

    assert complaint(decoder.feed, b"data: " + b"x" * 2_000).kind is Kind.OVERSIZED


def test_reasoning_larger_than_an_answer_may_be_is_refused():
    decoder = stream(max_answer=1_000)
    opened = {**OPEN, "content_block": {"type": "thinking", "thinking": ""}}
    delta = {"type": "thinking_delta", "thinking": "x" * 600}
    thought = {"type": "content_block_delta", "index": 0, "delta": delta}
    decoder.feed(sse(START, opened, thought))

    assert complaint(decoder.feed, sse(thought)).kind is Kind.OVERSIZED


def test_text_is_not_held_back():
    decoder = stream(max_answer=10)

    assert content(decoder.feed(sse(START, OPEN, text("x" * 50))))[1] == "x" * 50


def test_a_custom_tool_is_known_by_the_request():
    tools = [{"type": "custom", "custom": {"name": "sql"}}, {"type": "function"}, "odd"]
    block = {"type": "tool_use", "id": "toolu_1", "name": "sql", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": '{"freeform_input": "select 1"}'}
    events = [
        {**OPEN, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    ]
    chunks = stream({"tools": tools}).feed(sse(START, *events, STOP))
    [choice] = fold(chunks)["choices"]

    assert choice["message"]["tool_calls"] == [
        {"id": "toolu_1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    ]
    assert choice["finish_reason"] == "tool_calls"


RAW = [case.raw for case in corpus.own() if case.codec == "anthropic" and case.is_stream]


@given(st.data())
def test_mutated_streams_raise_nothing_but_proxy_errors(data):
    raw = bytearray(data.draw(st.sampled_from(RAW)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] = data.draw(st.integers(0, 255))
        else:
            raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
            raw = raw or bytearray(b" ")
    decoder = stream()
    try:
        chunks = decoder.feed(bytes(raw)) + decoder.finish()
    except ProxyError:
        return

    assert fold(chunks)["choices"]


EVENTS = st.recursive(
    st.none() | st.integers(-3, 3) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["type", "index", "delta", "content_block", "message", "content", "input", "usage"]
            ),
            inner
            | st.sampled_from(
                [*stream().handlers, "text", "thinking", "tool_use", "text_delta", "end_turn"]
            ),
        )
    ),
    max_leaves=12,
)


@given(st.lists(EVENTS, max_size=6))
def test_any_events_raise_nothing_but_proxy_errors(events):
    decoder = stream()
    try:
        for event in events:
            decoder.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
        decoder.finish()
    except ProxyError:
        return

    assert decoder.ended


def test_the_input_is_told_with_the_beginning():
    counted = {"input_tokens": 9, "output_tokens": 1, "cache_read_input_tokens": 4_000}
    written = {
        "cache_creation_input_tokens": 20,
        "cache_creation": {"ephemeral_1h_input_tokens": 5},
    }
    start = {**START, "message": {**START["message"], "usage": {**counted, **written}}}
    decoder = stream()
    before = decoder.told
    chunks = decoder.feed(sse(start, OPEN, text("Hi")))

    assert before is None
    assert decoder.told == Usage(4_029, 1, cached=4_000, cache_write=20, cache_write_1h=5)
    assert not any(chunk.get("usage") for chunk in chunks)
