import json

import pytest

from proxy.core.errors import Kind, ProxyError
from tests.support.google import FLASH, call, config, native

SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}
PLAIN = {"type": "object", "properties": {"a": {"type": "string", "description": 'pattern: "x"'}}}
TOOLS = [{"type": "function", "function": {"name": "tide"}}]


@pytest.mark.parametrize(
    ("model", "form", "written"),
    [
        (FLASH, {"type": "text"}, {}),
        (FLASH, {"type": "json_object"}, {"responseMimeType": "application/json"}),
        (
            FLASH,
            FORMAT,
            {"responseMimeType": "application/json", "responseJsonSchema": PLAIN},
        ),
        (
            "gemini-2.5-flash",
            FORMAT,
            {"responseMimeType": "application/json", "responseJsonSchema": PLAIN},
        ),
        (
            "gemini-2.0-flash",
            FORMAT,
            {
                "responseMimeType": "application/json",
                "responseSchema": {
                    "type": "OBJECT",
                    "properties": {"a": {"type": "STRING", "pattern": "x"}},
                },
            },
        ),
        (
            FLASH,
            {"type": "json_schema", "json_schema": {"name": "x"}},
            {"responseMimeType": "application/json"},
        ),
    ],
)
def test_formats(model, form, written):
    assert config(model, response_format=form) == written


def test_newer_models_answer_in_json_beside_functions():
    made = native(FLASH, response_format=FORMAT, tools=TOOLS)

    assert made["generationConfig"]["responseJsonSchema"] == PLAIN


@pytest.mark.parametrize("form", [{"type": "json_object"}, FORMAT])
def test_older_models_are_told_in_a_sentence_beside_functions(form):
    made = native("gemini-2.5-flash", response_format=form, tools=TOOLS)
    [part] = made["systemInstruction"]["parts"]

    assert "generationConfig" not in made
    assert part["text"].startswith("Answer with one JSON object")
    assert (json.dumps(SCHEMA, separators=(",", ":")) in part["text"]) is (form is FORMAT)


@pytest.mark.parametrize(
    ("form", "param", "kind"),
    [
        ("json", "response_format", Kind.INVALID_REQUEST),
        ({"type": "xml"}, "response_format.type", Kind.UNSUPPORTED),
        ({"type": "json_schema"}, "response_format.json_schema", Kind.INVALID_REQUEST),
    ],
)
def test_a_format_without_a_form_is_refused(form, param, kind):
    with pytest.raises(ProxyError) as caught:
        call(response_format=form)

    assert caught.value.param == param
    assert caught.value.kind is kind
