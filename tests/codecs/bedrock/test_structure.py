import json

import pytest

from proxy.core.errors import Kind
from tests.support.converse import (
    GPT_OSS,
    HI,
    LLAMA,
    MISTRAL,
    NOVA,
    SONNET_4_5,
    complaint,
    function,
    native,
    spec,
)

SCHEMA = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
CLOSED = {**SCHEMA, "additionalProperties": False}


def asked(schema=SCHEMA, **more):
    return {"type": "json_schema", "json_schema": {"name": "tide", "schema": schema, **more}}


@pytest.mark.parametrize("model", [SONNET_4_5, GPT_OSS])
def test_a_schema_constrains_where_the_model_can(model):
    form = native({"response_format": asked(description="A port.")}, model)["outputConfig"][
        "textFormat"
    ]
    definition = form["structure"]["jsonSchema"]

    assert form["type"] == "json_schema"
    assert json.loads(definition.pop("schema")) == CLOSED
    assert definition == {"name": "tide", "description": "A port."}


def test_a_name_that_the_provider_would_refuse_is_left_out():
    body = {"response_format": asked(name="a b", description=" ")}

    definition = native(body)["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert definition.keys() == {"schema"}


def test_else_a_tool_stands_for_the_answer():
    tool = spec("firstbyte_json_answer", "Give the answer to the user. A port.", SCHEMA)

    assert native({"response_format": asked(description="A port.")}, NOVA)["toolConfig"] == {
        "tools": [tool],
        "toolChoice": {"tool": {"name": "firstbyte_json_answer"}},
    }
    assert native({"response_format": asked()}, MISTRAL)["toolConfig"]["toolChoice"] == {"any": {}}


def test_so_it_does_for_a_schema_that_constraints_would_make_empty():
    schema = {**SCHEMA, "properties": {"port": {"type": "object"}}}
    body = native({"response_format": asked(schema)}, SONNET_4_5)

    assert body["toolConfig"]["tools"] == [
        spec("firstbyte_json_answer", "Give the answer to the user.", schema)
    ]
    assert "outputConfig" not in body


def test_a_tools_schema_has_nothing_joined_at_its_root():
    schema = {"type": "object", "properties": {"meta": {"type": "object"}}}
    body = native({"response_format": asked({**schema, "allOf": [schema]})}, SONNET_4_5)

    assert body["toolConfig"]["tools"] == [
        spec("firstbyte_json_answer", "Give the answer to the user.", schema)
    ]


def test_beside_other_tools_any_may_be_called():
    body = native({"response_format": asked(), "tools": [function()]}, NOVA)

    assert [tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"]] == [
        "tide",
        "firstbyte_json_answer",
    ]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (LLAMA, {"response_format": asked()}),
        (NOVA, {"response_format": asked({"type": "array"})}),
        (NOVA, {"response_format": asked(), "tools": [function()], "tool_choice": "required"}),
    ],
)
def test_else_a_sentence_asks_for_it(model, body):
    text = native(body, model)["system"][0]["text"]

    assert "JSON Schema" in text
    assert (
        json.dumps(body["response_format"]["json_schema"]["schema"], separators=(",", ":")) in text
    )


def test_a_prefilled_answer_is_not_constrained():
    messages = [*HI, {"role": "assistant", "content": "{"}]

    assert "outputConfig" not in native({"messages": messages, "response_format": asked()})


def test_json_without_a_schema_is_asked_for_in_a_sentence():
    for form in ({"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x"}}):
        assert "one JSON object" in native({"response_format": form})["system"][0]["text"]
    assert "system" not in native({"response_format": {"type": "text"}})


def test_the_sentence_stands_behind_the_callers_own_text_and_its_cache_point():
    part = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    messages = [{"role": "system", "content": [part]}, *HI]
    system = native({"messages": messages, "response_format": {"type": "json_object"}})["system"]

    assert system[:2] == [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}]
    assert len(system) == 3


@pytest.mark.parametrize(
    ("form", "kind", "param"),
    [
        ("json", Kind.INVALID_REQUEST, "response_format"),
        ({"type": "grammar"}, Kind.UNSUPPORTED, "response_format.type"),
        ({"type": "json_schema"}, Kind.INVALID_REQUEST, "response_format.json_schema"),
    ],
)
def test_another_format_is_refused(form, kind, param):
    error = complaint({"response_format": form})

    assert error.kind is kind
    assert error.param == param
