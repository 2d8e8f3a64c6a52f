import copy

import pytest

from proxy.codecs.gemini.schema import plain

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (TEXT, TEXT),
        (True, True),
        ({"$schema": "x", "strict": True, "examples": [1], "default": 1, **TEXT}, TEXT),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"oneOf": [TEXT, {"type": "null"}]}, {"anyOf": [TEXT, {"type": "null"}]}),
        (
            {"anyOf": [TEXT], "oneOf": [{"type": "null"}]},
            {"anyOf": [TEXT, {"type": "null"}]},
        ),
        ({"anyOf": "nonsense"}, {}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"items": {"const": 1}}, {"items": {"enum": [1]}}),
        ({"prefixItems": [TEXT], "items": False}, {"prefixItems": [TEXT], "items": False}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"properties": "nonsense"}, {"properties": {}}),
        (
            {"$ref": "#/definitions/a/b", "definitions": {"a": {"const": 1}}},
            {"$ref": "#/$defs/a/b", "$defs": {"a": {"enum": [1]}}},
        ),
        ({"$ref": "#/$defs/a"}, {"$ref": "#/$defs/a"}),
        (
            {"type": "string", "pattern": "^a", "description": "A word."},
            {"type": "string", "description": 'A word.\npattern: "^a"'},
        ),
        (
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "number", "description": "exclusiveMinimum: 0"},
        ),
        ({"description": ""}, {}),
        (
            {
                "allOf": [
                    {"properties": {"a": TEXT}, "required": ["a"], "title": "one"},
                    {"properties": {"b": TEXT}, "required": ["a", "b"], "title": "two"},
                    {"allOf": [{"minItems": 1}]},
                    True,
                ],
                "type": "object",
            },
            {
                "type": "object",
                "properties": {"a": TEXT, "b": TEXT},
                "required": ["a", "b"],
                "title": "one",
                "minItems": 1,
            },
        ),
    ],
)
def test_a_schema_is_written_in_the_supported_part(schema, written):
    before = copy.deepcopy(schema)

    assert plain(schema) == written
    assert schema == before


def test_properties_keep_their_order():
    schema = {"properties": dict.fromkeys("zxya", TEXT)}

    assert list(plain(schema)["properties"]) == list("zxya")
