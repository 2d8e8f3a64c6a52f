from dataclasses import FrozenInstanceError

import pytest

from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, HttpCall, Target


def test_a_target_is_called_provider_slash_model():
    target = Target(
        "openai", "gpt-x", "openai", "https://api.example/v1", Secret("sk-1234567890ab")
    )

    assert target.name == "openai/gpt-x"
    assert "sk-" not in repr(target)


def test_a_call_shows_neither_headers_nor_body():
    call = HttpCall("https://api.example", (("authorization", "Bearer canary"),), b"canary")

    assert "canary" not in repr(call)
    assert call.method == "POST"


def test_a_target_cannot_be_changed():
    target = Target("a", "m", "openai", "http://a")

    with pytest.raises(FrozenInstanceError):
        target.model = "x"


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        ({}, False),
        ({"reasoning_effort": "none"}, False),
        ({"reasoning_effort": "low"}, True),
        ({"thinking": {"type": "disabled"}}, False),
        ({"thinking": {}}, False),
        ({"thinking": "on"}, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, True),
    ],
)
def test_a_request_reasons_where_it_asks_for_it(body, reasons):
    assert ChatRequest(body).reasons is reasons


def test_a_request_forgets_what_was_said_and_not_what_was_set():
    body = {"messages": [1], "tools": [2], "stop": ["x"], "temperature": 0}
    request = ChatRequest(body, b"raw", model="m", stream=True, include_usage=True)
    request.forget()

    left = {"stop": ["x"], "temperature": 0}
    assert request == ChatRequest(left, model="m", stream=True, include_usage=True)
    assert body["messages"] == [1]
