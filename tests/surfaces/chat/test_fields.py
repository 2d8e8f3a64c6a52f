import pytest

from proxy.core.errors import ProxyError
from proxy.surfaces.chat.fields import FIELDS, check_fields

GOOD = {
    "audio": {"voice": "v", "format": "wav"},
    "frequency_penalty": -0.5,
    "function_call": "auto",
    "functions": [],
    "logit_bias": {"1": 2},
    "logprobs": True,
    "max_completion_tokens": 5,
    "max_tokens": -1,
    "metadata": {"a": "b"},
    "modalities": ["text"],
    "model": "m",
    "n": 1,
    "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "a"},
    "reasoning_effort": "low",
    "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}}},
    "seed": 3,
    "stop": ["a", "b"],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 1,
    "thinking": {"type": "enabled"},
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "tools": [],
    "top_p": 0.5,
    "user": "u",
}


def test_values_of_the_right_type_pass():
    check_fields(GOOD)
    check_fields({"stop": "a", "tool_choice": "auto", "function_call": {"name": "f"}})
    check_fields(
        {"response_format": {"type": "json_object"}, "stream_options": {"include_usage": None}}
    )


@pytest.mark.parametrize("name", FIELDS)
def test_null_passes_everywhere(name):
    check_fields({name: None})


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_takes_every_type(name):
    wrong = [value for value in (5.5, [5], {"type": 5}, "", True) if raises({name: value})]

    assert len(wrong) >= 2


def raises(body):
    try:
        check_fields(body)
    except ProxyError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"temperature": True}, "temperature", "invalid_type"),
        ({"seed": 1.5}, "seed", "invalid_type"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"max_tokens": -2}, "max_tokens", "integer_below_min_value"),
        ({"stop": 5}, "stop", "invalid_type"),
        ({"stop": ["a", 5]}, "stop[1]", "invalid_type"),
        ({"tool_choice": 5}, "tool_choice", "invalid_type"),
        ({"tool_choice": {"type": 5}}, "tool_choice.type", "invalid_type"),
        ({"function_call": 5}, "function_call", "invalid_type"),
        ({"function_call": {}}, "function_call.name", "invalid_type"),
        ({"response_format": {}}, "response_format.type", "invalid_type"),
        (
            {"response_format": {"type": "json_schema"}},
            "response_format.json_schema",
            "invalid_type",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {}}},
            "response_format.json_schema.name",
            "invalid_type",
        ),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"stream_options": {"include_usage": 1}}, "stream_options.include_usage", "invalid_type"),
        ({"reasoning_effort": ""}, "reasoning_effort", "invalid_value"),
        ({"tools": {}}, "tools", "invalid_type"),
        ({"model": 5}, "model", "invalid_type"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(body, param, code):
    error = raises(body)

    assert (error.param, error.code) == (param, code)


def test_a_message_says_what_was_expected_and_what_came():
    assert raises({"model": 5}).message == (
        "Invalid type for 'model': expected a string, but got a number instead."
    )
