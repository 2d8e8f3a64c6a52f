import json

from proxy.codecs.cohere import Cohere
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest, Target

CODEC = Cohere()
TARGET = Target("cohere", "command-a-03-2025", "cohere", "https://api.cohere.test")
REQUEST = ChatRequest(body={"messages": [{"role": "user", "content": "Hi"}]})
ANSWER = {
    "id": "c14",
    "message": {"content": [{"type": "text", "text": "Hi"}]},
    "finish_reason": "COMPLETE",
}


def test_the_codec_is_known_by_its_name():
    assert CODEC.name == "cohere"


def test_a_call_is_written_and_its_answer_read():
    assert CODEC.encode(REQUEST, TARGET).url == "https://api.cohere.test/v2/chat"

    completion = CODEC.decode(200, {}, json.dumps(ANSWER).encode(), created=7)

    assert completion["choices"][0]["message"] == {"role": "assistant", "content": "Hi"}
    assert (completion["id"], completion["created"]) == ("c14", 7)


def test_a_stream_is_read_by_a_decoder_of_its_own():
    decoder = CODEC.stream(REQUEST, TARGET, created=7)
    decoder.feed(b'data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}\n\n')

    assert decoder.over
    assert not CODEC.stream(REQUEST, TARGET, created=7).over


def test_a_failure_is_named():
    assert CODEC.fault(404, {}, b'{"message":"no such model"}').kind is Kind.NOT_FOUND
