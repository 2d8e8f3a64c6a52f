import json
from dataclasses import replace

import pytest

from proxy.codecs.completions.encode import asked, encode
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import Quirks, Target
from proxy.surfaces.completions.parse import parse

LOCAL = Target("local", "qwen", "completions", "http://local.test/v1", api_key=Secret("key-1"))


def asks(**body):
    whole = {"model": "asked", "prompt": "once", **body}
    return parse(json.dumps(whole).encode(), (("traceparent", "00-1"),))


def written(request, target=LOCAL):
    return json.loads(encode(request, target).body)


def test_a_call_is_the_callers_own_bytes_with_another_model():
    raw = b'{"prompt":"caf\\u00e9", "model":"asked","suffix":"end","echo":true,"odd":1e2,"models":["a"],"firstbyte":{}}'
    call = encode(parse(raw), LOCAL)

    assert call.url == "http://local.test/v1/completions"
    assert call.body == (
        b'{"prompt":"caf\\u00e9","model":"qwen","suffix":"end","echo":true,"odd":1e2,"stream":false}'
    )
    assert call.dropped == ()


def test_the_head_has_the_targets_credential_and_what_the_caller_may_forward():
    whole = dict(encode(asks(), LOCAL).headers)
    stream = dict(encode(asks(stream=True), LOCAL).headers)

    assert whole["authorization"] == "Bearer key-1"
    assert (whole["traceparent"], whole["accept"]) == ("00-1", "application/json")
    assert stream["accept"] == "text/event-stream"


def test_usage_is_always_asked_for_in_a_stream():
    options = {"continuous_usage_stats": True}

    assert written(asks(stream=True))["stream_options"] == {"include_usage": True}
    assert written(asks(stream=True, stream_options=options))["stream_options"] == {
        "continuous_usage_stats": True,
        "include_usage": True,
    }


def test_options_of_a_stream_are_dropped_where_they_are_refused():
    target = replace(LOCAL, quirks=Quirks(stream_options=False))
    call = encode(asks(stream=True, stream_options={"include_usage": True}), target)

    assert b"stream_options" not in call.body
    assert call.dropped == ("stream_options",)
    assert encode(asks(stream=True), target).dropped == ()


def test_the_targets_own_values_replace_the_callers_under_the_name_that_this_api_has():
    target = replace(
        LOCAL,
        params={"max_completion_tokens": 9, "temperature": 0},
        quirks=Quirks(rename={"max_completion_tokens": "max_tokens"}),
    )

    assert written(asks(max_tokens=5, temperature=1), target) == {
        "model": "qwen",
        "prompt": "once",
        "stream": False,
        "max_tokens": 9,
        "temperature": 0,
    }


def test_the_rest_of_an_answer_is_asked_for_as_text_that_goes_on():
    request = asks(logprobs=2, max_tokens=5)
    messages = [
        *request.body["messages"],
        {"role": "assistant", "content": " upon"},
        {"role": "user", "content": "Go on."},
    ]
    rest = replace(request, body={**request.body, "messages": messages}, raw=b"")

    assert written(rest) == {
        "model": "qwen",
        "prompt": "once upon",
        "stream": False,
        "max_tokens": 5,
        "logprobs": 2,
    }


def test_where_no_logprobs_were_asked_for_none_are_asked_for_again():
    request = replace(asks(), raw=b"")
    renamed = replace(LOCAL, quirks=Quirks(rename={"max_completion_tokens": "max_tokens"}))

    assert written(request, renamed) == {"model": "qwen", "prompt": "once", "stream": False}


def test_the_rest_of_an_answer_that_chat_has_no_form_for_is_not_asked_for():
    with pytest.raises(ProxyError) as caught:
        encode(replace(asks(suffix="end"), raw=b""), LOCAL)

    assert caught.value.kind is Kind.UNSUPPORTED


@pytest.mark.parametrize(
    ("body", "choices"),
    [
        ({}, 1),
        ({"n": 3}, 3),
        ({"prompt": ["a", "b"], "n": 2}, 4),
        ({"prompt": ["a"]}, 1),
        ({"prompt": [1, 2, 3]}, 1),
        ({"prompt": [[1, 2], [3]]}, 2),
    ],
)
def test_there_are_n_choices_for_each_prompt(body, choices):
    assert asked(asks(**body)) == choices
