import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.chat.functions import (
    delta_with_function_call,
    message_with_function_call,
    with_tools,
)

FUNCTION = {"name": "f", "parameters": {"type": "object"}}


def test_a_request_without_functions_is_left_alone():
    body = {"tools": []}

    assert with_tools(body) is body


def test_functions_become_tools_one_call_at_a_time():
    assert with_tools({"model": "m", "functions": [FUNCTION]}) == {
        "model": "m",
        "tools": [{"type": "function", "function": FUNCTION}],
        "parallel_tool_calls": False,
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("none", "none"),
        ("auto", "auto"),
        ({"name": "f"}, {"type": "function", "function": {"name": "f"}}),
    ],
)
def test_the_choice_of_a_function_becomes_the_choice_of_a_tool(old, new):
    assert with_tools({"functions": [FUNCTION], "function_call": old})["tool_choice"] == new


def test_functions_beside_tools_are_refused():
    with pytest.raises(ProxyError, match="got both"):
        with_tools({"functions": [FUNCTION], "tools": [{"type": "function"}]})


def test_a_function_without_a_name_is_refused():
    with pytest.raises(ProxyError, match=r"functions\[0\]\.name"):
        with_tools({"functions": [{}]})


def test_a_tool_call_in_a_delta_becomes_a_function_call():
    opening = {"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}
    second = {"index": 1, "id": "d", "type": "function", "function": {"name": "g"}}

    assert delta_with_function_call({"content": "a", "tool_calls": [opening, second]}) == {
        "content": "a",
        "function_call": {"name": "f", "arguments": ""},
    }
    assert delta_with_function_call({"tool_calls": [second]}) == {}


def test_a_tool_call_in_a_message_becomes_a_function_call():
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}

    assert message_with_function_call({"content": None, "tool_calls": [call]}) == {
        "content": None,
        "function_call": {"name": "f", "arguments": "{}"},
    }
    assert message_with_function_call({"tool_calls": [{"id": "c", "custom": {}}]}) == {}
