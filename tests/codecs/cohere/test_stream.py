import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.cohere.stream import CohereStream
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Target
from proxy.core.usage import Usage
from tests.support import corpus

TARGET = Target("cohere", "command-a", "cohere", "https://api.cohere.test", max_event=64 * 1024)
STREAMS = [
    case.raw for case in corpus.own() if case.codec == "cohere" and case.meta["wire"] == "sse"
]
END = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}


def stream():
    return CohereStream(TARGET, 7)


def event(value, name=""):
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


def text(said):
    return {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": said}}}}


def test_message_end_is_the_end_and_nothing_after_it_counts():
    decoder = stream()
    chunks = decoder.feed(event(text("a")) + event(END) + b"data: [DONE]\n\n" + event(text("b")))

    assert fold(chunks)["choices"][0]["message"]["content"] == "a"
    assert (decoder.ended, decoder.over, decoder.events) == (True, True, 2)
    assert decoder.finish() == []


def test_done_alone_is_no_end():
    decoder = stream()
    decoder.feed(event(text("a")) + b"data: [DONE]\n\n")
    with pytest.raises(ProxyError) as caught:
        decoder.finish()

    assert caught.value.kind is Kind.TRUNCATED


def test_a_last_event_without_its_blank_line_counts():
    decoder = stream()
    decoder.feed(event(text("a")) + event(END).rstrip())

    assert decoder.finish()[-1]["choices"][0]["finish_reason"] == "stop"


def test_an_event_without_a_type_has_the_name_of_its_frame():
    decoder = stream()
    said = {name: value for name, value in text("a").items() if name != "type"}

    assert decoder.feed(event(said, "content-delta"))[-1]["choices"][0]["delta"] == {"content": "a"}


def test_what_we_do_not_know_is_counted_and_says_nothing():
    decoder = stream()
    odd = [{"type": "weather", "message": "fine"}, {"type": 5}, {"delta": None}]

    assert decoder.feed(b"".join(map(event, odd))) == []
    assert decoder.feed(event({"type": "debug", "prompt": "x"})) == []
    assert (decoder.unknown, decoder.events) == (3, 4)


@pytest.mark.parametrize(
    ("value", "name", "message"),
    [
        ({"message": "internal error"}, "error", "internal error"),
        ({"type": "error", "message": "no luck"}, "", "no luck"),
        ({"type": "odd", "error": {"message": "gateway"}}, "", "gateway"),
    ],
)
def test_an_error_under_any_name_is_raised(value, name, message):
    with pytest.raises(ProxyError) as caught:
        stream().feed(event(value, name))

    assert (caught.value.kind, caught.value.message) == (Kind.SERVER_ERROR, message)


def test_json_in_place_of_a_stream_is_told():
    decoder = stream()
    decoder.feed(b'{"error":{"message":"no luck"}}')
    with pytest.raises(ProxyError, match="no luck"):
        decoder.finish()


NAMES = (
    "type", "id", "index", "delta", "message", "content", "text", "thinking", "tool_plan", "tool_calls", "function",
    "name", "arguments", "citations", "start", "end", "sources", "content_index", "finish_reason", "usage", "tokens",
    "logprobs", "error", "error_type",
)  # fmt: skip
KINDS = (
    "message-start", "content-start", "content-delta", "content-end", "tool-plan-delta", "tool-call-start",
    "tool-call-delta", "tool-call-end", "citation-start", "citation-end", "message-end", "error", "text",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2000)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=24,
)
EVENTS = st.builds(
    lambda kind, index, message: {"type": kind, "index": index, "delta": message},
    st.sampled_from(KINDS),
    JSON,
    st.dictionaries(st.just("message"), st.dictionaries(st.sampled_from(NAMES), JSON), max_size=1),
)


def outcome(data):
    decoder = stream()
    try:
        return fold(decoder.feed(data) + decoder.finish())
    except ProxyError as error:
        return error


@given(st.lists(EVENTS, max_size=5))
@settings(max_examples=300)
def test_any_events_at_all_raise_nothing_but_proxy_errors(events):
    assert outcome(b"".join(map(event, events)))


@given(
    st.sampled_from(STREAMS), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8)
)
@settings(max_examples=300)
def test_mutated_streams_raise_nothing_but_proxy_errors(raw, changes):
    data = bytearray(raw)
    for at, byte in changes:
        data[at % len(data)] = byte

    assert outcome(bytes(data))


def test_an_answer_that_ends_in_a_failure_may_tell_what_it_used():
    decoder = stream()
    decoder.feed(event(text("a")))
    before = decoder.told
    usage = {"tokens": {"input_tokens": 9, "output_tokens": 4}}
    with pytest.raises(ProxyError):
        decoder.feed(
            event({"type": "message-end", "delta": {"finish_reason": "ERROR", "usage": usage}})
        )

    assert (before, decoder.told) == (None, Usage(9, 4))
