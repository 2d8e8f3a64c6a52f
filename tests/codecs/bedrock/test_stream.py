import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.codecs.bedrock import Bedrock
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest
from proxy.wire.eventstream import encode_message
from tests.support.converse import (
    BEGIN,
    SONNET_4_5,
    answer,
    decoder,
    delta,
    end,
    event,
    failed,
    start,
    stop,
    target,
)

TEXT = delta(0, {"text": "Hi"})
META = event("metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}})
SLOW = failed("throttlingException", {"message": "Slow down."})


def test_chunks_have_an_identity_of_our_making():
    reader = decoder()
    chunks = reader.feed(BEGIN + TEXT + end() + META)

    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {
        (chunks[0]["id"], SONNET_4_5, 1)
    }
    assert chunks[0]["id"].startswith("chatcmpl-")


def test_the_end_is_message_stop_and_usage_comes_behind_it():
    reader = decoder()
    reader.feed(BEGIN + TEXT)
    assert not reader.ended

    assert reader.feed(end())[-1]["choices"][0]["finish_reason"] == "stop"
    assert reader.ended
    assert not reader.over
    [last] = reader.feed(META)
    assert last["usage"]["total_tokens"] == 3
    assert reader.over
    assert reader.feed(META) == []
    assert reader.finish() == []


def test_fields_that_were_asked_for_come_with_the_end():
    stop = {"stopReason": "end_turn", "additionalModelResponseFields": {"stop_sequence": "."}}
    message, finish = answer(delta(0, {"text": "a"}), event("messageStop", stop))

    assert message["extra_content"]["bedrock"] == {
        "additionalModelResponseFields": {"stop_sequence": "."}
    }
    assert finish == "stop"


def test_usage_before_the_end_is_not_looked_at():
    reader = decoder()

    assert reader.feed(BEGIN + META) == [*reader.feed(b""), reader._build.role()]


def test_an_end_without_usage_is_an_end():
    reader = decoder()
    reader.feed(BEGIN + TEXT + end())

    assert reader.finish() == []


@pytest.mark.parametrize("cut", [4, 100])
def test_a_cut_inside_a_message_is_a_cut(cut):
    reader = decoder()
    reader.feed((BEGIN + TEXT)[:cut])

    with pytest.raises(ProxyError) as caught:
        reader.finish()
    assert caught.value.kind is Kind.TRUNCATED


def test_a_cut_between_messages_is_a_cut_and_nothing_at_all_is_empty():
    reader = decoder()
    reader.feed(BEGIN + TEXT)
    with pytest.raises(ProxyError) as caught:
        reader.finish()
    assert caught.value.kind is Kind.TRUNCATED

    reader = decoder()
    with pytest.raises(ProxyError) as caught:
        reader.finish()
    assert caught.value.kind is Kind.EMPTY


def test_a_cut_behind_the_end_is_nothing():
    reader = decoder()
    chunks = reader.feed(BEGIN + TEXT + end() + META[:20])

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert reader.finish() == []


@pytest.mark.parametrize("before", [b"", BEGIN, BEGIN + TEXT])
def test_an_exception_before_anything_has_gone_out_is_raised_at_once(before):
    with pytest.raises(ProxyError) as caught:
        decoder().feed(before + SLOW)

    assert caught.value.kind is Kind.RATE_LIMIT
    assert caught.value.status == 429


def test_what_was_said_before_an_exception_goes_out_first():
    reader = decoder()
    reader.feed(BEGIN + TEXT)
    chunks = reader.feed(delta(0, {"text": " there"}) + SLOW)

    assert chunks[0]["choices"][0]["delta"] == {"content": " there"}
    assert reader.over
    for again in (lambda: reader.feed(b""), reader.finish):
        with pytest.raises(ProxyError) as caught:
            again()
        assert caught.value.message == "Slow down."


def test_what_comes_wrong_behind_the_end_is_not_looked_at():
    reader = decoder()
    chunks = reader.feed(BEGIN + TEXT + end() + SLOW)

    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert reader.finish() == []
    assert reader.feed(TEXT) == []


def test_an_error_that_is_no_exception_is_named_too():
    headers = {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "Oh."}
    with pytest.raises(ProxyError) as caught:
        decoder().feed(encode_message(headers, b""))

    assert caught.value.kind is Kind.SERVER_ERROR
    assert caught.value.message == "Oh."


def test_one_flipped_bit_is_an_error():
    data = bytearray(BEGIN + TEXT)
    data[-10] ^= 1
    with pytest.raises(ProxyError) as caught:
        decoder().feed(bytes(data))

    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b'{"message":"Not here."}', Kind.SERVER_ERROR, "Not here."),
        (b'{"__type":"a#AccessDeniedException"}', Kind.PERMISSION, ""),
        (b"<html><title>Bad Gateway</title>", Kind.MALFORMED, "Bad Gateway"),
        (b"data: {}\n\n", Kind.MALFORMED, "no event stream"),
        (b'{"a":1}', Kind.MALFORMED, "no event stream"),
    ],
)
def test_what_is_no_event_stream_is_told_for_what_it_is(data, kind, words):
    reader = decoder()

    assert reader.feed(data[:5]) == reader.feed(data[5:]) == []
    with pytest.raises(ProxyError) as caught:
        reader.finish()
    assert caught.value.kind is kind
    assert words in caught.value.message


def test_what_is_no_event_stream_is_not_gathered_without_end():
    reader = decoder()
    for _ in range(20):
        reader.feed(b"x" * 1024)

    assert len(reader._stray) == 8192


def test_a_message_beyond_the_limit_is_not_waited_for():
    reader = decoder(max_event=100)
    with pytest.raises(ProxyError) as caught:
        reader.feed(delta(0, {"text": "x" * 200})[:12])

    assert caught.value.kind is Kind.OVERSIZED


@pytest.mark.parametrize(
    "message",
    [
        encode_message({":message-type": "event", ":event-type": "messageStart"}, b"[1]"),
        event("contentBlockDelta", {"delta": {"text": "x"}}),
        event("contentBlockDelta", {"contentBlockIndex": True, "delta": {}}),
        event("contentBlockDelta", {"contentBlockIndex": 0}),
        event("contentBlockStart", {"contentBlockIndex": 0, "start": []}),
    ],
)
def test_an_event_that_is_none_is_malformed(message):
    with pytest.raises(ProxyError) as caught:
        decoder().feed(message)

    assert caught.value.kind is Kind.MALFORMED


def test_unknown_things_are_counted_and_say_nothing():
    reader = decoder()
    odd = encode_message({":message-type": "event"}, b"")
    chunks = reader.feed(odd + event("novelty", {}) + delta(0, {"odd": 1}) + TEXT)

    assert fold(chunks)["choices"][0]["message"]["content"] == "Hi"
    assert reader.unknown == 3
    assert reader.events == 4


def test_a_start_that_says_nothing_leaves_it_to_the_first_delta():
    reader = decoder()
    chunks = reader.feed(
        BEGIN + start(0, {}) + TEXT + stop(0) + start(1, {"odd": {}}) + delta(1, {"text": "!"})
    )

    assert fold(chunks)["choices"][0]["message"]["content"] == "Hi!"
    assert reader.unknown == 1


def test_a_request_without_messages_still_reads_a_stream():
    assert answer(TEXT, end(), body={})[0]["content"] == "Hi"


def test_the_end_of_a_read_is_not_the_end_of_a_stream():
    reader = decoder()

    assert not reader.over
    assert reader.feed(b"") == []


def test_a_custom_tool_is_called_with_its_text():
    body = {"tools": [{"type": "custom", "custom": {"name": "note"}}, "x", {"type": "function"}]}
    use = {"toolUse": {"toolUseId": "t", "name": "note"}}
    told = delta(0, {"toolUse": {"input": json.dumps({"freeform_input": "hm"})}})
    message, _ = answer(start(0, use), told, stop(0), end("tool_use"), body=body)

    assert message["tool_calls"][0]["custom"] == {"name": "note", "input": "hm"}
    assert answer(TEXT, end(), body={"tools": 7})[0]["content"] == "Hi"


WORDS = [
    "contentBlockIndex",
    "start",
    "delta",
    "text",
    "toolUse",
    "toolUseId",
    "name",
    "input",
    "type",
    "reasoningContent",
    "signature",
    "redactedContent",
    "citation",
    "image",
    "source",
    "bytes",
    "stopReason",
    "usage",
    "inputTokens",
    "message",
    "originalStatusCode",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 600) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=12,
)
EVENTS = st.tuples(
    st.sampled_from(
        [
            "messageStart",
            "contentBlockStart",
            "contentBlockDelta",
            "contentBlockStop",
            "messageStop",
            "metadata",
            "throttlingException",
        ]
    ),
    st.sampled_from(["event", "event", "event", "exception", "error"]),
    st.dictionaries(st.sampled_from(WORDS), JSON, max_size=4) | JSON,
)


@given(messages=st.lists(EVENTS, max_size=8))
def test_any_messages_at_all_raise_nothing_but_proxy_errors(messages):
    reader = Bedrock().stream(ChatRequest(body={}), target(), created=1)
    data = b"".join(
        encode_message(
            {
                ":message-type": kind,
                ":event-type": name,
                ":exception-type": name,
                ":error-code": name,
            },
            json.dumps(payload).encode(),
        )
        for name, kind, payload in messages
    )
    try:
        chunks = reader.feed(data) + reader.finish()
    except ProxyError:
        return
    assert fold(chunks)["choices"]
