import copy

import pytest

from proxy.codecs.gemini import subset as subject
from proxy.codecs.gemini.subset import subset

TEXT = {"type": "string"}
WRITTEN = {"type": "STRING"}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (TEXT, WRITTEN),
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
        ({"$ref": "https://elsewhere.test"}, {"type": "OBJECT"}),
        (
            {"$ref": "#/$defs/none", "description": "gone"},
            {"type": "OBJECT", "description": "gone"},
        ),
    ],
)
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


def test_references_that_multiply_end_at_a_bound(monkeypatch):
    monkeypatch.setattr(subject, "MAX_NODES", 50)
    schema = {
        "$defs": {
            f"d{at}": {"properties": {side: {"$ref": f"#/$defs/d{at + 1}"} for side in "ab"}}
            for at in range(30)
        },
        "$ref": "#/$defs/d0",
    }

    assert str(subset(schema)).count("OBJECT") <= 60
