import pytest

from proxy.sim.dialect import RefusedError, Tool
from proxy.sim.openai_ask import read, text_of

USER = {"role": "user", "content": "one two"}
CALL = {"id": "c1", "type": "function", "function": {"name": "tide", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "14:20"}
TIDE = {"type": "function", "function": {"name": "tide", "parameters": {"type": "object"}}}
WIND = {"type": "function", "function": {"name": "wind"}}


def reading(*messages, **fields):
    return read({"model": "echo", "messages": list(messages) or [USER], **fields})


def test_the_last_user_message_is_heard():
    asked = reading({"role": "system", "content": "be brief"}, USER, {"role": "assistant"}, USER)

    assert (asked.said, asked.prompt_tokens, asked.answers_tool) == ("one two", 6, False)


def test_a_tool_result_is_heard():
    asked = reading(USER, CALLED, RESULT)

    assert (asked.said, asked.answers_tool) == ("14:20", True)


def test_a_conversation_without_a_user_is_heard_as_nothing():
    assert reading({"role": "system", "content": "be brief"}).said == ""


def test_a_prompt_is_never_free():
    assert reading({"role": "user", "content": ""}).prompt_tokens == 1


def test_an_assistant_message_at_the_end_is_a_prefill():
    assert reading(USER, {"role": "assistant", "content": "one"}).prefill == "one"
    assert reading(USER).prefill == ""


def test_what_the_assistant_said_before_the_last_user_message_may_have_broken_off():
    said = {"role": "assistant", "content": "one"}

    assert reading(USER, said, USER).broken_off == "one"
    assert reading(USER, said).broken_off == ""
    assert reading(USER, said, USER, said).broken_off == ""


def test_parts_without_text_stand_as_their_type():
    parts = [{"type": "text", "text": "look: "}, {"type": "image_url", "image_url": {"url": "x"}}]

    assert text_of(parts) == "look: [image_url]"
    assert text_of(None) == ""


@pytest.mark.parametrize(
    ("choice", "names", "must"),
    [
        (None, ["tide", "wind"], False),
        ("auto", ["tide", "wind"], False),
        ("none", [], False),
        ("required", ["tide", "wind"], True),
        ({"type": "function", "function": {"name": "wind"}}, ["wind"], True),
        ({"type": "allowed_tools"}, ["tide", "wind"], True),
    ],
)
def test_tool_choice_narrows_the_tools(choice, names, must):
    asked = reading(tools=[TIDE, WIND, {"type": "custom"}], tool_choice=choice)

    assert ([tool.name for tool in asked.tools], asked.must_call) == (names, must)


def test_a_tool_brings_its_schema():
    assert reading(tools=[TIDE]).tools == (Tool("tide", {"type": "object"}),)


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"stream": True}, "stream", True),
        ({"stream": None}, "stream", False),
        ({"stream": True, "stream_options": {"include_usage": True}}, "usage", True),
        ({"stream": True}, "usage", False),
        ({"max_tokens": 5}, "limit", 5),
        ({"max_completion_tokens": 6}, "limit", 6),
        ({}, "limit", None),
        ({"max_tokens": "many"}, "limit", None),
        ({"stop": "a"}, "stops", ("a",)),
        ({"stop": ["a", "b"]}, "stops", ("a", "b")),
        ({"stop": None}, "stops", ()),
        ({"reasoning_effort": "low"}, "reasons", True),
        ({"reasoning_effort": "none"}, "reasons", False),
        ({"n": 3}, "choices", 3),
        ({}, "choices", 1),
        ({"tools": [TIDE], "parallel_tool_calls": False}, "one_call", True),
        ({"response_format": {"type": "text"}}, "schema", None),
        ({"response_format": {"type": "json_object"}}, "schema", {}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {"a": 1}}}},
            "schema",
            {"a": 1},
        ),
        ({"top_k": 5}, "schema", None),
    ],
)
def test_fields_are_read(fields, name, value):
    assert getattr(reading(**fields), name) == value


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"messages": [USER]}, "model", None),
        ({"model": "", "messages": [USER]}, "model", None),
        ({"model": "m"}, "messages", "missing_required_parameter"),
        ({"model": "m", "messages": "hi"}, "messages", "invalid_type"),
        ({"model": "m", "messages": []}, "messages", "empty_array"),
        ({"model": "m", "messages": [USER, 1]}, "messages[1].role", "invalid_value"),
        ({"model": "m", "messages": [{"role": "judge"}]}, "messages[0].role", "invalid_value"),
        ({"model": "m", "messages": [USER, RESULT]}, "messages.[1].role", None),
        (
            {
                "model": "m",
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [{"id": "c", "function": {"arguments": {}}}],
                    }
                ],
            },
            "messages[0].tool_calls[0].function.arguments",
            "invalid_type",
        ),
        (
            {"model": "m", "messages": [USER], "tools": [{"function": {"name": "a.b"}}]},
            "tools[0].function.name",
            "invalid_value",
        ),
        (
            {
                "model": "m",
                "messages": [
                    {
                        "role": "assistant",
                        "tool_calls": [
                            {"id": "c", "function": {"name": "a" * 65, "arguments": ""}}
                        ],
                    }
                ],
            },
            "messages[0].tool_calls[0].function.name",
            "invalid_value",
        ),
        ({"model": "m", "messages": [USER], "stream_options": {}}, "stream_options", None),
        (
            {"model": "m", "messages": [USER], "max_tokens": 1, "max_completion_tokens": 1},
            "max_tokens",
            "invalid_parameter_combination",
        ),
        ({"model": "m", "messages": [USER], "tools": []}, "tools", "empty_array"),
        ({"model": "m", "messages": [USER], "tool_choice": "auto"}, "tool_choice", None),
        (
            {"model": "m", "messages": [USER], "parallel_tool_calls": True},
            "parallel_tool_calls",
            None,
        ),
        ({"model": "m", "messages": [USER], "n": 0}, "n", "invalid_value"),
        ({"model": "m", "messages": [USER], "n": 1000}, "n", "invalid_value"),
    ],
)
def test_what_openai_refuses_is_refused(body, param, code):
    with pytest.raises(RefusedError) as caught:
        read(body)

    complaint = caught.value.complaint

    assert (complaint.status, complaint.param, complaint.code) == (400, param, code)
    assert complaint.message


def test_a_custom_tool_call_has_no_arguments_to_check():
    custom = {"id": "c1", "type": "custom", "custom": {"name": "run", "input": "x"}}

    assert reading(USER, {"role": "assistant", "tool_calls": [custom]}, RESULT).answers_tool
