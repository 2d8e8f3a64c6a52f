import inspect

import pytest

from proxy.codecs.codec import Codec, Sparing
from proxy.codecs.completions.codec import Completions
from proxy.codecs.completions.need import as_completions
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import fold
from proxy.core.shape import HttpCall, Target
from proxy.surfaces.completions.parse import parse

CODEC = Completions()
LOCAL = Target("local", "qwen", "openai", "http://local.test/v1")
WHOLE = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 7,
    "model": "m-1",
    "choices": [
        {"text": "a", "index": 0, "logprobs": None, "finish_reason": "stop"},
        {"text": "", "index": 1, "logprobs": {"tokens": []}, "finish_reason": "length"},
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}


def decode(value):
    body = value if isinstance(value, bytes) else jsons.encode(value)
    return CODEC.decode(200, {}, body, created=1)


def test_it_has_every_verb_of_a_codec():
    for verb in ("encode", "decode", "stream", "fault"):
        promised = inspect.signature(getattr(Codec, verb)).parameters
        assert list(inspect.signature(getattr(Completions, verb)).parameters) == list(promised)
    assert CODEC.name == "completions"


def test_a_whole_answer_is_a_chat_answer_beside_its_own_bytes():
    answer = decode(b" " + jsons.encode(WHOLE) + b"\n")

    assert [choice["message"]["content"] for choice in answer["choices"]] == ["a", ""]
    assert [choice["finish_reason"] for choice in answer["choices"]] == ["stop", "length"]
    assert answer["choices"][1]["logprobs"] == {"tokens": []}
    assert (answer["object"], answer["usage"]) == ("chat.completion", WHOLE["usage"])
    assert answer["native"] == {"dialect": "completions", "payload": jsons.encode(WHOLE)}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"<html><title>Bad gateway</title></html>", Kind.MALFORMED),
        (b"[]", Kind.MALFORMED),
        ({"choices": []}, Kind.EMPTY),
        ({"choices": ["x"]}, Kind.MALFORMED),
        ({"error": {"message": "busy", "type": "overloaded_error"}}, Kind.OVERLOADED),
    ],
)
def test_what_is_no_answer_is_a_failure(body, kind):
    with pytest.raises(ProxyError) as caught:
        decode(body)

    assert caught.value.kind is kind


def test_a_call_and_its_stream_and_its_failures_are_read():
    request = parse(b'{"model":"m","prompt":"once","stream":true,"n":2}')
    decoder = CODEC.stream(request, as_completions(LOCAL), created=1)
    event = b"data: " + jsons.encode(WHOLE) + b"\n\ndata: [DONE]\n\n"

    assert CODEC.encode(request, LOCAL).url == "http://local.test/v1/completions"
    assert fold(decoder.feed(event))["choices"][0]["message"]["content"] == "a"
    assert CODEC.fault(429, {}, b"{}").kind is Kind.RATE_LIMIT


@pytest.mark.parametrize(("name", "goes"), [("stream_options", True), ("user", False)])
def test_only_what_we_ask_for_is_left_out_where_it_is_refused(name, goes):
    request = parse(b'{"model":"m","prompt":"once","stream":true}')
    call = HttpCall("http://x", (), b'{"stream_options":{},"user":"u"}')
    said = jsons.encode({"error": {"message": f"Unknown parameter: '{name}'."}})

    assert isinstance(CODEC, Sparing)
    assert CODEC.refused(CODEC.fault(400, {}, said), request, call, LOCAL) == (
        {name} if goes else frozenset()
    )
