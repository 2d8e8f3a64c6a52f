import copy

import pytest

from proxy.codecs.gemini import references
from proxy.codecs.gemini.subset import subset, with_members
from proxy.core import jsons

TEXT = {"type": "string"}
WRITTEN = {"type": "STRING"}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (TEXT, WRITTEN),
        (
            {"items": {"$ref": "#/$defs/P", "const": "x"}, "$defs": {"P": {"enum": ["x", "y"]}}},
            {"items": {"type": "STRING", "enum": ["x"]}},
        ),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        (
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]},
        ),
        ({"type": ["null"]}, {"nullable": True}),
        ({"anyOf": [TEXT, {"type": "null"}]}, {"type": "STRING", "nullable": True}),
        ({"anyOf": [{"type": "null"}]}, {"nullable": True}),
        ({"anyOf": "nonsense"}, {}),
        (
            {"type": "string", "oneOf": [TEXT, {"type": "integer"}]},
            {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]},
        ),
        ({"type": "integer", "enum": [1, 2]}, {"type": "STRING", "enum": ["1", "2"]}),
        ({"enum": ["a", None]}, {"type": "STRING", "enum": ["a"], "nullable": True}),
        ({"enum": [None]}, {"nullable": True}),
        ({"enum": "nonsense"}, {}),
        ({"const": "a"}, {"type": "STRING", "enum": ["a"]}),
        ({"type": "string", "format": "date-time"}, {"type": "STRING", "format": "date-time"}),
        ({"type": "string", "format": "email"}, {"type": "STRING"}),
        ({"type": "string", "format": ["date-time"]}, {"type": "STRING"}),
        (
            {"type": "object", "properties": {"b": TEXT, "a": True}, "additionalProperties": False},
            {"type": "OBJECT", "properties": {"b": WRITTEN, "a": {"type": "OBJECT"}}},
        ),
        ({"type": "object", "properties": []}, {"type": "OBJECT", "properties": {}}),
        ({"type": "array", "items": TEXT}, {"type": "ARRAY", "items": WRITTEN}),
        (
            {"type": "number", "exclusiveMaximum": 9},
            {"type": "NUMBER", "description": "exclusiveMaximum: 9"},
        ),
        (
            {
                "properties": {"a": {"$ref": "#/$defs/a~1b", "description": "it"}},
                "$defs": {"a/b": TEXT},
            },
            {"properties": {"a": {"type": "STRING", "description": "it"}}},
        ),
        (
            {"items": {"$ref": "#/$defs/P", "properties": {"b": TEXT}}, "$defs": {"P": {"properties": {"a": TEXT}}}},
            {"items": {"properties": {"b": WRITTEN, "a": WRITTEN}}},
        ),
        (
            {"type": "object", "properties": {"a": TEXT}, "anyOf": [{"required": ["a"]}, {"properties": {"a": {}}}]},
            {
                "type": "OBJECT",
                "properties": {"a": WRITTEN},
                "description": 'anyOf: [{"required":["a"]},{"properties":{"a":{}}}]',
            },
        ),
        (
            {
                "description": "It.",
                "oneOf": [{"properties": {"kind": {"const": kind}, "a": TEXT}} for kind in "xy"],
                "properties": {},
            },
            {
                "type": "OBJECT",
                "properties": {
                    "kind": {"anyOf": [{"type": "STRING", "enum": [kind]} for kind in "xy"]},
                    "a": WRITTEN,
                },
                "description": "It.\nanyOf: ["
                + ",".join(
                    f'{{"properties":{{"kind":{{"enum":["{kind}"]}},"a":{{}}}}}}'
                    for kind in "xy"
                )
                + "]",
            },
        ),
        (
            {"properties": {"a": TEXT}, "anyOf": [{"properties": {"b": TEXT}}, {"type": "null"}]},
            {"properties": {"a": WRITTEN, "b": WRITTEN}, "nullable": True},
        ),
        (
            {"anyOf": [{"properties": {"b": TEXT}}], "properties": {"a": TEXT}},
            {"properties": {"b": WRITTEN, "a": WRITTEN}},
        ),
        (
            {"type": "object", "additionalProperties": TEXT},
            {"type": "OBJECT", "description": 'additionalProperties: {"type":"string"}'},
        ),
        ({"type": "object", "additionalProperties": True}, {"type": "OBJECT"}),
        ({"type": "array", "uniqueItems": True}, {"type": "ARRAY", "description": "uniqueItems: true"}),
        ({"$ref": "https://elsewhere.test"}, {"type": "OBJECT"}),
        (
            {"$ref": "#/$defs/none", "description": "gone"},
            {"type": "OBJECT", "description": "gone"},
        ),
    ],
)  # fmt: skip
def test_a_schema_is_written_in_the_subset(schema, written):
    before = copy.deepcopy(schema)

    assert subset(schema) == written
    assert schema == before


def test_a_reference_to_itself_becomes_any_object():
    tree = {"type": "object", "properties": {"next": {"$ref": "#"}, "leaf": TEXT}}

    assert subset(tree)["properties"]["next"] == {
        "type": "OBJECT",
        "properties": {"next": {"type": "OBJECT"}, "leaf": WRITTEN},
    }


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ({"type": "OBJECT", "properties": {"a": WRITTEN}},) * 2,
        ({"type": "OBJECT", "properties": {}}, None),
        ({"type": "OBJECT", "description": 'additionalProperties: {"type":"string"}'}, None),
        (
            {"anyOf": [{"properties": {"a": WRITTEN}}, {"type": "OBJECT"}]},
            {
                "type": "OBJECT",
                "properties": {"a": WRITTEN},
                "description": 'anyOf: [{"properties":{"a":{}}},{"type":"OBJECT"}]',
            },
        ),
        ({"anyOf": [{"type": "OBJECT"}, {"type": "STRING"}]}, None),
    ],
)
def test_arguments_are_one_object_with_members(written, whole):
    assert with_members(written) == whole


@pytest.mark.parametrize(
    "arm",
    [
        lambda inner: inner,
        lambda inner: {"type": "object", "properties": {"m": inner}},
        lambda inner: {"type": "object", "properties": {"z": {"type": "array", "items": inner}}},
    ],
)
def test_choices_in_choices_take_no_more_room_than_they_came_in(arm):
    other = {"type": "object", "properties": {"z": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
    for at in range(14):
        schema = {"type": "object", "properties": {f"k{at}": TEXT}, "anyOf": [arm(schema), other]}

    assert len(jsons.encode(subset(schema))) <= 2 * len(jsons.encode(schema))


def test_references_that_multiply_end_at_a_bound(monkeypatch):
    monkeypatch.setattr(references, "MAX_NODES", 50)
    schema = {
        "$defs": {
            f"d{at}": {"properties": {side: {"$ref": f"#/$defs/d{at + 1}"} for side in "ab"}}
            for at in range(30)
        },
        "$ref": "#/$defs/d0",
    }

    assert str(subset(schema)).count("OBJECT") <= 60
