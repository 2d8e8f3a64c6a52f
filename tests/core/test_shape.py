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


def test_a_request_without_words_is_what_it_was_but_for_them():
    request = ChatRequest({"messages": [1]}, b"raw", model="m", stream=True, include_usage=True)
    left = request.without_words()

    assert left == ChatRequest({}, model="m", stream=True, include_usage=True)
    assert request.body == {"messages": [1]}
