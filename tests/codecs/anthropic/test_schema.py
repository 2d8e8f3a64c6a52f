import copy
import time

import pytest

from proxy.codecs.anthropic.schema import closed

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
SHUT = {**OPEN, "additionalProperties": False}
INDIRECT = {"R": {"anyOf": [{"$ref": "#/$defs/P"}, {"type": "null"}]}, "S": {"type": "string"}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (OPEN, SHUT),
        (SHUT, SHUT),
        ({"properties": {}, "additionalProperties": False},) * 2,
        ({"type": ["object", "null"], "additionalProperties": False},) * 2,
        ({**OPEN, "additionalProperties": None, "patternProperties": {}}, {**SHUT, "description": "patternProperties: {}"}),
        (
            {"type": "integer", "minimum": 1, "maximum": 9, "description": "A digit."},
            {"type": "integer", "description": "A digit.\nminimum: 1\nmaximum: 9"},
        ),
        ({"type": "string", "pattern": "^a"}, {"type": "string", "description": 'pattern: "^a"'}),
        ({"type": "string", "format": "date"},) * 2,
        (
            {"type": "string", "format": "iban"},
            {"type": "string", "description": 'format: "iban"'},
        ),
        ({"type": "string", "format": []}, {"type": "string", "description": "format: []"}),
        ({"type": "array", "items": OPEN, "minItems": 1}, {"type": "array", "items": SHUT, "minItems": 1}),
        (
            {"type": "array", "items": True, "minItems": 3},
            {"type": "array", "items": True, "description": "minItems: 3"},
        ),
        ({"anyOf": [OPEN, {"type": "null"}]}, {"anyOf": [SHUT, {"type": "null"}]}),
        ({"oneOf": [OPEN]}, {"anyOf": [SHUT]}),
        ({"anyOf": [OPEN], "oneOf": [True]}, {"anyOf": [SHUT], "description": "anyOf: [true]"}),
        ({"allOf": [OPEN]}, {"allOf": [SHUT]}),
        ({"allOf": 7}, {"description": "allOf: 7"}),
        ({"allOf": [OPEN, {"required": ["a"]}, True]}, {"allOf": [SHUT, {"required": ["a"]}, True]}),
        (
            {**OPEN, "anyOf": [{"required": ["a"]}, {"not": {}}]},
            {**SHUT, "anyOf": [{"required": ["a"]}, {"description": "not: {}"}]},
        ),
        ({"enum": ["a", 1], "title": "T", "default": "a", "const": 1},) * 2,
        ({"$schema": "x", "$id": "y", "type": "null", "description": ""}, {"type": "null"}),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": OPEN}, "description": "dropped"},
            {"$ref": "#/$defs/A", "$defs": {"A": SHUT}},
        ),
        (
            {"type": "array", "items": {"$ref": "#/definitions/a~1b~0"}, "definitions": {"a/b~": OPEN}},
            {"type": "array", "items": {"$ref": "#/definitions/a~1b~0"}, "definitions": {"a/b~": SHUT}},
        ),
        ({"properties": 7}, {"properties": {}, "additionalProperties": False}),
        (
            {"properties": {"$ref": OPEN, "minimum": {"type": "integer"}}},
            {
                "properties": {"$ref": SHUT, "minimum": {"type": "integer"}},
                "additionalProperties": False,
            },
        ),
    ],
)  # fmt: skip
def test_a_schema_is_written_in_the_part_that_is_taken(schema, expected):
    before = copy.deepcopy(schema)

    assert closed(schema) == expected
    assert schema == before


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {"type": ["object", "null"]},
        {"properties": {}},
        {"type": "object", "properties": {}},
        {"type": "object", "additionalProperties": {"type": "integer"}},
        {**OPEN, "additionalProperties": {}},
        {**OPEN, "additionalProperties": True},
        {**SHUT, "patternProperties": {"^x-": {}}},
    ],
)
@pytest.mark.parametrize("place", [lambda it: it, lambda it: {"properties": {"b": {"items": it}}}])
def test_an_object_whose_members_are_not_all_named_has_no_such_form(schema, place):
    assert closed(place(schema)) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"$ref": "#/$defs/P"}, {"$ref": "#/$defs/Q"}]},
        {"allOf": [OPEN, {"allOf": [OPEN]}]},
        {"allOf": [OPEN, {"type": "object", "required": ["a"]}]},
        {"properties": {"b": {}}, "allOf": [OPEN]},
        {"properties": {"b": {}}, "anyOf": [OPEN, {"required": ["b"]}]},
        {"properties": {"b": {}}, "$ref": "#/$defs/P"},
        {"anyOf": [OPEN], "oneOf": [OPEN]},
        {"type": "object", "anyOf": [OPEN]},
        {"allOf": [OPEN, {"$ref": "#/$defs/R"}]},
        {"properties": {"b": {}}, "$ref": "#/$defs/S"},
    ],
)
def test_nor_has_one_whose_members_are_named_in_several_places(schema):
    assert closed({"items": schema, "$defs": {"P": OPEN, "Q": OPEN, **INDIRECT}}) is None


@pytest.mark.parametrize(
    "definition",
    [
        {"type": "object"},
        {"allOf": [OPEN, OPEN]},
        {"$ref": "#/$defs/D"},
        {"$ref": "#/$defs/E"},
        {"$ref": "https://x.test/schema.json"},
    ],
)
def test_a_definition_that_nothing_refers_to_is_left_out(definition):
    item = {"$ref": "#/$defs/S"}
    used = {"type": "array", "items": item, "$defs": {"S": {"type": "string"}}}
    unused = {"$defs": {"D": definition}, "definitions": {"D": definition}, "items": item}

    assert closed({**unused, "type": "array", "$defs": {"D": definition, **used["$defs"]}}) == used
    assert closed({**OPEN, "$defs": {"D": definition}, "definitions": 7}) == SHUT


def test_a_member_that_is_named_as_definitions_are_is_none():
    item = {"items": {"$ref": "#/$defs/D"}}
    schema = {"properties": {"$defs": item, "properties": item}, "$defs": {"D": OPEN}}

    assert closed(schema) == {**schema, "$defs": {"D": SHUT}, "additionalProperties": False}


def test_a_reference_into_a_definition_keeps_all_of_it_and_what_that_refers_to():
    part = {"properties": {"x": {"$ref": "#/$defs/S"}, "y": {"$ref": "#/$defs/A/properties/x"}}}
    schema = {
        "items": {"$ref": "#/$defs/A/properties/y"},
        "$defs": {"A": part, "S": {"enum": ["a"]}},
    }

    assert closed(schema) == {
        **schema,
        "$defs": {"A": {**part, "additionalProperties": False}, "S": {"enum": ["a"]}},
    }
    other = {"properties": {"x": {}, "y": {"$ref": "#/$defs/S"}}}
    assert closed(
        {"items": {"$ref": "#/$defs/B/properties/x"}, "$defs": {"B": other, "S": OPEN}}
    ) == {
        "items": {"$ref": "#/$defs/B/properties/x"},
        "$defs": {"B": {**other, "additionalProperties": False}, "S": SHUT},
    }


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"$ref": "#/$defs/S"}, {"$ref": "#/$defs/T"}]},
        {"allOf": [{"$ref": "#/$defs/T"}, {"$ref": "#/$defs/T"}, {"$ref": "#/$defs/U"}]},
        {"anyOf": [{"$ref": "#/$defs/S"}], "allOf": [{"$ref": "#/$defs/T"}]},
    ],
)
def test_a_reference_to_what_names_no_members_is_no_place_of_them(schema):
    definitions = {"S": {"type": "string"}, "T": {"allOf": [{"$ref": "#/$defs/S"}]}, "U": True}

    found = closed({"items": schema, "$defs": definitions})

    assert found is not None
    assert found["items"] == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$ref": "https://x.test/schema.json"},
        {"$ref": "#/$defs/A"},
        {"$ref": "#/$defs/A/x", "$defs": {"A": []}},
        {"properties": {"a": {"$ref": "#/properties/a"}}},
        {
            "$ref": "#/$defs/A",
            "$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"anyOf": [{"$ref": "#/$defs/A"}]}},
        },
    ],
)  # fmt: skip
def test_a_schema_that_has_no_such_form_is_none(schema):
    assert closed(schema) is None


def test_a_chain_of_references_too_long_to_follow_is_none():
    chain = {f"D{at}": {"$ref": f"#/$defs/D{at + 1}"} for at in range(5_000)}

    assert closed({"$ref": "#/$defs/D0", "$defs": {**chain, "D5000": {}}}) is None


def test_references_that_fan_out_are_followed_once_each():
    fan = {
        f"D{at}": {"anyOf": [{"$ref": f"#/$defs/D{at + 1}"}, {"$ref": f"#/$defs/D{at + 1}"}]}
        for at in range(60)
    }
    began = time.process_time()

    assert closed({"$ref": "#/$defs/D0", "$defs": {**fan, "D60": {"type": "null"}}})
    assert time.process_time() - began < 5
