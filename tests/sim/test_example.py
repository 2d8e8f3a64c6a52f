import jsonschema
import pytest

from proxy.sim.example import example

NODE = {"type": "object", "properties": {"left": {}, "right": {}}, "required": ["left", "right"]}
NODE["properties"] = {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "properties": {"city": {"type": "string"}}},
        {
            "type": "object",
            "properties": {
                "city": {"type": "string", "minLength": 7},
                "days": {"type": "integer", "minimum": 3},
                "hours": {"type": "integer", "exclusiveMinimum": 3},
                "share": {"type": "number"},
                "exact": {"type": "boolean"},
                "nothing": {"type": "null"},
                "stops": {"type": "array", "items": {"type": "string"}, "minItems": 2},
                "unit": {"enum": ["km", "mi"]},
                "kind": {"const": "tide"},
                "note": {"type": ["null", "string"]},
                "odd": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                "left_out": {"type": "string"},
            },
            "required": [
                "city",
                "days",
                "hours",
                "share",
                "exact",
                "nothing",
                "stops",
                "unit",
                "kind",
                "note",
                "odd",
            ],
            "additionalProperties": False,
        },
        {
            "$defs": {"a/b": {"type": "object", "properties": {"x": {"type": "integer"}}}},
            "type": "object",
            "properties": {"it": {"$ref": "#/$defs/a~1b"}},
            "required": ["it"],
        },
        {"type": "array", "minItems": 1, "items": {"type": "integer", "default": 5}},
        {"type": ["null"]},
        {"allOf": [{"type": "string"}]},
    ],
)
def test_an_example_fits_its_schema(schema):
    jsonschema.validate(example(schema), schema)


def test_only_what_is_required_is_filled():
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["b"],
    }

    assert example(schema) == {"b": "text"}


def test_a_default_is_taken():
    assert example({"type": "string", "default": "metric"}) == "metric"


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/missing"},
        {"$ref": "https://elsewhere.example/schema"},
        {"type": "polygon"},
        {"type": 7},
        {"properties": "none"},
    ],
)
def test_a_schema_that_says_nothing_readable_gives_an_empty_object(schema):
    assert example(schema) == {}


def test_a_schema_that_names_itself_twice_is_filled_in_bounded_time():
    value = example({"$defs": {"node": NODE}, **NODE})

    assert value["left"]["left"] is not None


def test_a_length_beyond_reason_is_not_met():
    assert len(example({"type": "string", "minLength": 10**9})) == 4096
    assert len(example({"type": "array", "minItems": 10**9})) == 16
