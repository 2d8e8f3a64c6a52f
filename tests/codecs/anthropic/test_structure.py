import json

import pytest

from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.core.errors import Kind
from tests.support.claude import HI, OLD, OPUS_5_5, SONNET_4_5, complaint, function, native

SCHEMA = {
    "type": "object",
    "properties": {"high": {"type": "string", "minLength": 5}},
    "required": ["high"],
    "additionalProperties": False,
}
NATIVE = {
    **SCHEMA,
    "properties": {"high": {"type": "string", "description": "minLength: 5"}},
}
SENTENCE = "Answer with one JSON object and nothing else: no text around it and no code fence."
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "tide", "description": "The tide.", "schema": SCHEMA, "strict": True},
}
TOOLS = [function("tide")]


def test_text_needs_nothing():
    assert native({"response_format": {"type": "text"}}) == native({})


def test_a_json_object_is_asked_for_in_a_sentence():
    body = native({"response_format": {"type": "json_object"}})

    assert body["system"] == [{"type": "text", "text": SENTENCE}]


@pytest.mark.parametrize("model", [SONNET_4_5, OPUS_5_5])
def test_a_schema_constrains_where_the_model_takes_it(model):
    body = native({"response_format": FORMAT, "reasoning_effort": "low"}, model)

    assert body["output_config"]["format"] == {"type": "json_schema", "schema": NATIVE}
    assert "system" not in body
    assert "tools" not in body


def test_a_callers_own_output_config_wins():
    own = {"format": {"type": "json_schema", "schema": {}}, "effort": "max"}
    body = native(
        {"response_format": FORMAT, "output_config": own, "reasoning_effort": "low"}, OPUS_5_5
    )

    assert body["output_config"] == own


@pytest.mark.parametrize(
    ("tools", "choice", "expected"),
    [
        ([], None, {"type": "tool", "name": JSON_TOOL, "disable_parallel_tool_use": True}),
        (TOOLS, None, {"type": "any"}),
        (TOOLS, "auto", {"type": "any"}),
        (TOOLS, "none", {"type": "tool", "name": JSON_TOOL, "disable_parallel_tool_use": True}),
    ],
)
def test_an_older_model_is_made_to_call_a_tool_that_is_the_answer(tools, choice, expected):
    body = native({"response_format": FORMAT, "tools": tools, "tool_choice": choice}, OLD)

    assert body["tools"][-1] == {
        "name": JSON_TOOL,
        "description": "Give the answer to the user. The tide.",
        "input_schema": SCHEMA,
    }
    assert body["tool_choice"] == expected
    assert "output_config" not in body


@pytest.mark.parametrize(
    "body",
    [
        {"tools": TOOLS, "tool_choice": "required"},
        {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "tide"}}},
    ],
)
def test_a_caller_who_forces_a_call_gets_the_schema_in_a_sentence(body):
    written = native({"response_format": FORMAT, **body}, OLD)
    text = written["system"][-1]["text"]

    assert text.startswith(SENTENCE)
    assert json.loads(text.partition("\n")[2]) == SCHEMA
    assert len(written["tools"]) == 1


def test_reasoning_on_a_budget_gets_it_in_a_sentence_too():
    body = native({"response_format": FORMAT, "reasoning_effort": "low"}, "claude-sonnet-4-0")

    assert body["system"][-1]["text"].startswith(SENTENCE)
    assert "tools" not in body


def test_a_schema_that_cannot_constrain_is_a_tools():
    recursive = {**SCHEMA, "properties": {"again": {"$ref": "#/properties/again"}}}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": recursive}}
    [tool] = native({"response_format": form})["tools"]

    assert tool == {
        "name": JSON_TOOL,
        "description": "Give the answer to the user.",
        "input_schema": recursive,
    }


OPEN = {
    "type": "object",
    "properties": {
        "scores": {"type": "object", "additionalProperties": {"type": "integer"}},
        "meta": {"type": "object"},
    },
    "required": ["scores"],
}


def test_nor_can_one_with_a_map_or_an_object_of_any_form():
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": OPEN}}
    body = native({"response_format": form}, SONNET_4_5)

    assert [tool["input_schema"] for tool in body["tools"]] == [OPEN]
    assert body["tool_choice"]["name"] == JSON_TOOL
    assert "output_config" not in body


def test_a_tools_schema_has_nothing_joined_at_its_root():
    form = {
        "type": "json_schema",
        "json_schema": {"name": "x", "schema": {**OPEN, "anyOf": [OPEN]}},
    }
    [tool] = native({"response_format": form}, SONNET_4_5)["tools"]

    assert tool["input_schema"] == OPEN


def test_where_no_call_can_be_forced_such_a_schema_is_told():
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": OPEN}}
    body = native({"response_format": form}, OPUS_5_5)

    assert json.loads(body["system"][-1]["text"].partition("\n")[2]) == OPEN
    assert "format" not in body.get("output_config", {})
    assert "tools" not in body


def test_a_prefill_and_constraints_exclude_each_other():
    messages = [*HI, {"role": "assistant", "content": "{"}]
    body = native({"messages": messages, "response_format": FORMAT})

    assert "output_config" not in body


def test_a_list_cannot_be_the_arguments_of_a_tool():
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array"}}}

    assert "tools" not in native({"response_format": form}, OLD)


def test_no_schema_is_any_object():
    form = {"type": "json_schema", "json_schema": {"name": "x"}}

    assert native({"response_format": form})["system"] == [{"type": "text", "text": SENTENCE}]


@pytest.mark.parametrize(
    ("value", "kind", "path"),
    [
        ("json", "invalid_request", "response_format"),
        ({"type": "grammar"}, "unsupported", "response_format.type"),
        ({"type": []}, "unsupported", "response_format.type"),
        ({"type": "json_schema"}, "invalid_request", "response_format.json_schema"),
    ],
)
def test_a_format_out_of_form_is_refused_with_its_path(value, kind, path):
    error = complaint({"response_format": value})

    assert (error.kind, error.param) == (Kind(kind), path)
