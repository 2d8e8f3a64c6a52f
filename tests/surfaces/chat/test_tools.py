import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.chat.tools import check_calls, check_function_call, check_tools


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "f"}},
        {
            "type": "function",
            "function": {"name": "f", "parameters": {"type": "object"}, "strict": True},
        },
        {"type": "function", "function": {"name": "f", "parameters": None}},
        {"type": "custom", "custom": {"name": "sh", "format": {"type": "text"}}},
        {"type": "web_search", "web_search": {}},
    ],
)
def test_tools_of_every_kind_pass(tool):
    check_tools([tool])


@pytest.mark.parametrize(
    ("tool", "param", "code"),
    [
        ("f", "tools[0]", "invalid_type"),
        ({}, "tools[0].type", "missing_required_parameter"),
        ({"type": 1}, "tools[0].type", "invalid_type"),
        ({"type": "function"}, "tools[0].function", "missing_required_parameter"),
        ({"type": "function", "function": "f"}, "tools[0].function", "invalid_type"),
        ({"type": "function", "function": {"name": ""}}, "tools[0].function.name", "invalid_value"),
        (
            {"type": "function", "function": {"name": "f", "parameters": []}},
            "tools[0].function.parameters",
            "invalid_type",
        ),
        ({"type": "custom", "custom": {}}, "tools[0].custom.name", "missing_required_parameter"),
    ],
)
def test_what_is_wrong_with_a_tool_is_named_by_its_path(tool, param, code):
    with pytest.raises(ProxyError) as caught:
        check_tools([tool])

    assert (caught.value.param, caught.value.code) == (param, code)


def test_the_ids_of_calls_come_in_order():
    calls = [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": ""}},
        {"id": "b", "type": "custom", "custom": {"name": "sh", "input": "ls"}},
        {"id": "c", "function": {"name": "g", "arguments": "{not json"}},
    ]

    assert check_calls(calls, "c") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("call", "param", "code"),
    [
        (1, "c[0]", "invalid_type"),
        ({"type": "function"}, "c[0].id", "missing_required_parameter"),
        ({"id": "a"}, "c[0].function", "missing_required_parameter"),
        ({"id": "a", "function": []}, "c[0].function", "invalid_type"),
        (
            {"id": "a", "function": {"name": "f", "arguments": {}}},
            "c[0].function.arguments",
            "invalid_type",
        ),
        (
            {"id": "a", "type": "custom", "custom": {"name": "f"}},
            "c[0].custom.input",
            "missing_required_parameter",
        ),
    ],
)
def test_what_is_wrong_with_a_call_is_named_by_its_path(call, param, code):
    with pytest.raises(ProxyError) as caught:
        check_calls([call], "c")

    assert (caught.value.param, caught.value.code) == (param, code)


def test_a_deprecated_call_needs_a_name_and_arguments():
    check_function_call({"name": "f", "arguments": "{}"}, "c")
    with pytest.raises(ProxyError, match=r"c\.name"):
        check_function_call({"arguments": "{}"}, "c")
