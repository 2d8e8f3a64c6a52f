import json
from dataclasses import replace

import pytest

from proxy.core.errors import Kind
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest
from tests.support.google import BASE, CODECS, HELLO, call, target

CODEC = CODECS["gemini"]
REQUEST = ChatRequest(body={"messages": HELLO})


def sent(**changes):
    return CODEC.encode(REQUEST, replace(target(), **changes))


def test_its_name_is_gemini():
    assert CODEC.name == "gemini"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("gemini-3-pro", "models/gemini-3-pro"),
        ("models/gemini-3-pro", "models/gemini-3-pro"),
        ("tunedModels/mine-1", "tunedModels/mine-1"),
        ("odd name?x#y", "models/odd%20name%3Fx%23y"),
    ],
)
def test_the_model_stands_in_the_path(model, path):
    assert call(model).url == f"{BASE}/{path}:generateContent"


def test_a_stream_has_a_method_of_its_own_and_asks_for_events():
    url = call("gemini-3-pro", stream=True).url

    assert url == f"{BASE}/models/gemini-3-pro:streamGenerateContent?alt=sse"


def test_the_key_stands_in_its_header_and_never_in_the_url():
    made = sent()

    assert made.headers == (
        ("content-type", "application/json"),
        ("x-goog-api-key", "AIza-key-0123"),
    )
    assert "AIza" not in made.url
    assert made.method == "POST"


def test_without_a_key_none_is_sent():
    assert sent(api_key=None).headers == (("content-type", "application/json"),)
    assert sent(api_key=Secret("")).headers == (("content-type", "application/json"),)


def test_a_targets_headers_come_before_the_callers_and_no_credential_of_theirs_passes():
    forward = (
        ("x-team", "theirs"),
        ("x-trace", "1"),
        ("x-goog-api-key", "k"),
        ("authorization", "b"),
    )
    made = CODEC.encode(
        replace(REQUEST, forward=forward), replace(target(), headers=(("x-team", "ours"),))
    )

    assert dict(made.headers) == {
        "content-type": "application/json",
        "x-goog-api-key": "AIza-key-0123",
        "x-team": "ours",
        "x-trace": "1",
    }


def test_a_whole_answer_and_a_failure_are_read():
    body = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]}
    completion = CODEC.decode(200, {}, json.dumps(body).encode(), created=7)

    assert completion["choices"][0]["message"]["content"] == "Hi"
    assert completion["created"] == 7
    assert CODEC.fault(429, {}, b'{"error": {"message": "No."}}').kind is Kind.RATE_LIMIT
