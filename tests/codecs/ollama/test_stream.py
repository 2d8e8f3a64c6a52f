import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.codecs.ollama.stream import OllamaStream
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import Target
from tests.support import corpus

TARGET = Target("local", "qwen3:8b", "ollama", "http://localhost:11434", max_event=64 * 1024)
STREAMS = [
    case.raw for case in corpus.own() if case.codec == "ollama" and case.meta["wire"] == "ndjson"
]


def stream():
    return OllamaStream(TARGET, 7)


def text(content, **more):
    return json.dumps({"message": {"content": content}, **more}).encode() + b"\n"


def test_done_is_the_end_and_nothing_after_it_counts():
    decoder = stream()
    chunks = decoder.feed(text("a") + text("b", done=True) + text("c") + b"rubbish\n")

    assert fold(chunks)["choices"][0]["message"]["content"] == "ab"
    assert (decoder.ended, decoder.over, decoder.events) == (True, True, 2)
    assert decoder.finish() == []


def test_an_end_without_done_is_a_cut():
    decoder = stream()
    decoder.feed(text("a"))
    with pytest.raises(ProxyError) as caught:
        decoder.finish()

    assert caught.value.kind is Kind.TRUNCATED
    assert caught.value.message == "the stream was cut after 1 events: no line with done: true"


def test_a_last_line_without_its_end_counts():
    decoder = stream()
    chunks = decoder.feed(text("a", done=True).rstrip())

    assert not chunks
    assert fold(decoder.finish())["choices"][0]["message"]["content"] == "a"


def test_an_error_after_the_answer_began_lets_what_was_said_out_first():
    decoder = stream()
    decoder.feed(text("a"))

    assert decoder.feed(text("b") + b'{"error":"llama runner process has terminated"}\n')
    with pytest.raises(ProxyError) as caught:
        decoder.finish()
    assert caught.value.kind is Kind.SERVER_ERROR


def test_a_line_has_a_limit():
    with pytest.raises(ProxyError) as caught:
        stream().feed(b"x" * (TARGET.max_event + 2))

    assert caught.value.kind is Kind.OVERSIZED


NAMES = (
    "message", "content", "thinking", "tool_calls", "function", "name", "arguments", "id", "done", "done_reason",
    "created_at", "model", "logprobs", "token", "top_logprobs", "error", "response", "eval_count", "prompt_eval_count",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2000) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=24,
)


def outcome(data):
    decoder = stream()
    try:
        return fold(decoder.feed(data) + decoder.finish())
    except ProxyError as error:
        return error


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6), max_size=4))
@settings(max_examples=300)
def test_any_lines_at_all_raise_nothing_but_proxy_errors(lines):
    assert outcome(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


@given(
    st.sampled_from(STREAMS), st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8)
)
@settings(max_examples=300)
def test_mutated_streams_raise_nothing_but_proxy_errors(raw, changes):
    data = bytearray(raw)
    for at, byte in changes:
        data[at % len(data)] = byte

    assert outcome(bytes(data))
