import json

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
