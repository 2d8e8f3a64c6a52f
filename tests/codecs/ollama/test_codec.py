import json
from dataclasses import replace

import pytest

from proxy.codecs.ollama import Ollama
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest, Target

CODEC = Ollama()
TARGET = Target("local", "qwen3:8b", "ollama", "http://localhost:11434")
REQUEST = ChatRequest(body={"messages": [{"role": "user", "content": "Hi"}]})
ANSWER = {"model": "qwen3:8b", "message": {"role": "assistant", "content": "Hi"}, "done": True}


def test_the_codec_is_known_by_its_name():
    assert CODEC.name == "ollama"


def test_a_call_is_written_and_its_answer_read():
    assert CODEC.encode(REQUEST, TARGET).url == "http://localhost:11434/api/chat"

    completion = CODEC.decode(200, {}, json.dumps(ANSWER).encode(), created=7)

    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "Hi"}
    assert completion["created"] == 7


def test_a_stream_is_read_by_a_decoder_of_its_own():
    decoder = CODEC.stream(REQUEST, TARGET, created=7)
    decoder.feed(json.dumps(ANSWER).encode() + b"\n")

    assert decoder.over
    assert not CODEC.stream(REQUEST, TARGET, created=7).over


def test_a_failure_is_named():
    assert CODEC.fault(404, {}, b'{"error":"model \'x\' not found"}').kind is Kind.NOT_FOUND


@pytest.mark.parametrize("wish", [{"thinking": {"type": "adaptive"}}, {"reasoning_effort": "low"}])
def test_a_wish_for_thinking_of_another_apis_caller_is_left_out_where_a_model_has_none(wish):
    refused = CODEC.fault(400, {}, b'{"error":"\\"llama3.1:8b\\" does not support thinking"}')
    wished = replace(REQUEST, body={**REQUEST.body, **wish}, raw=b"{}", translated=True)
    bare = CODEC.unsigned(refused, wished)

    assert bare is not None
    assert (bare.body, bare.raw) == (REQUEST.body, b"")
    assert CODEC.unsigned(refused, replace(wished, translated=False)) is None
    assert CODEC.unsigned(refused, bare) is None
    assert CODEC.unsigned(CODEC.fault(400, {}, b'{"error":"no"}'), wished) is None


@pytest.mark.parametrize(
    "said",
    [
        'think value \\"medium\\" is not supported for this model',
        'invalid think value: \\"max\\" (must be \\"high\\", \\"medium\\", \\"low\\", true, or false)',
    ],
)
def test_a_model_that_only_thinks_or_does_not_is_asked_to_think(said):
    refused = CODEC.fault(400, {}, b'{"error":"%b"}' % said.encode())
    wished = replace(REQUEST, body={**REQUEST.body, "reasoning_effort": "medium"}, raw=b"{}")
    plain = CODEC.unsigned(refused, wished)

    assert plain is not None
    assert plain.raw == b""
    call = CODEC.encode(plain, TARGET)
    assert (json.loads(call.body)["think"], call.dropped) == (True, ("reasoning_effort",))
    assert CODEC.unsigned(refused, plain) is None
    assert CODEC.unsigned(refused, replace(REQUEST, body={**REQUEST.body, "think": "low"}))


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"reasoning_effort": "none"},
        {"think": False, "reasoning_effort": "low"},
        {"thinking": {}},
    ],
)
def test_who_asked_for_no_level_is_not_asked_for_again(wish):
    refused = CODEC.fault(400, {}, b'{"error":"think value \\"x\\" is not supported"}')

    assert CODEC.unsigned(refused, replace(REQUEST, body={**REQUEST.body, **wish})) is None


def test_a_level_and_then_thinking_is_left_out_for_another_apis_caller():
    levelless = CODEC.fault(400, {}, b'{"error":"think value \\"low\\" is not supported"}')
    thoughtless = CODEC.fault(400, {}, b'{"error":"\\"llama3\\" does not support thinking"}')
    wished = replace(REQUEST, body={**REQUEST.body, "reasoning_effort": "low"}, translated=True)
    bare = CODEC.unsigned(thoughtless, CODEC.unsigned(levelless, wished))

    assert bare is not None
    assert bare.body == REQUEST.body
