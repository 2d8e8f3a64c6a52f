import copy
import json

import pytest
from jsonschema import Draft202012Validator as Validator

from proxy.codecs.anthropic.roots import flat

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
A = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
B = {"type": "object", "properties": {"b": NUMBER}, "required": ["b"]}


def test_a_schema_with_nothing_joined_is_the_very_one():
    assert flat(A) is A


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (
            {"type": "object", "properties": {"a": TEXT, "b": NUMBER}, "required": ["c"],
             "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"type": "object", "properties": {"a": TEXT, "b": NUMBER}, "required": ["c"],
             "description": 'anyOf: [{"required":["a"]},{"required":["b"]}]'},
        ),
        (
            {"type": "object", "description": "Either.", "oneOf": [A, B, {"type": "null"}, True]},
            {"type": "object", "properties": {"a": TEXT, "b": NUMBER},
             "description": 'Either.\noneOf: [{"required":["a"]},{"required":["b"]},{"required":[]}]'},
        ),
        ({"allOf": [A, B]}, {"properties": {"a": TEXT, "b": NUMBER}, "required": ["a", "b"]}),
        ({"anyOf": [A, {**A, "title": "t"}]}, {"properties": {"a": TEXT}, "required": ["a"]}),
        (
            {"oneOf": [{"properties": {"a": each}} for each in (TEXT, NUMBER, TEXT, {"const": 1})]},
            {"properties": {"a": {"anyOf": [TEXT, NUMBER, {"const": 1}]}}},
        ),
        (
            {"oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/nowhere/at/all"}, {"type": ["object", "null"], **B}], "$defs": {"A": A}},
            {"$defs": {"A": A}, "properties": {"a": TEXT, "b": NUMBER},
             "description": 'oneOf: [{"required":["a"]},{"required":[]},{"required":["b"]}]'},
        ),
        ({"anyOf": [{"allOf": [A, B]}]}, {"properties": {"a": TEXT, "b": NUMBER}, "required": ["a", "b"]}),
        ({"anyOf": "x", "properties": 7, "required": ["a", 7]}, {"properties": {}, "required": ["a"]}),
    ],
)  # fmt: skip
def test_one_object_has_the_members_of_all_that_is_joined(schema, written):
    before = copy.deepcopy(schema)

    assert json.loads(json.dumps(flat(schema))) == written
    assert schema == before


def test_branches_that_lead_back_to_themselves_come_to_an_end():
    schema = {
        "anyOf": [{"$ref": "#/$defs/N"}],
        "$defs": {"N": {"anyOf": [{"$ref": "#/$defs/N"}, A]}},
    }

    assert flat(schema)["properties"] == {"a": TEXT}


@pytest.mark.parametrize("arguments", [{"a": "x"}, {"b": 1}, {"kind": "one", "a": "x"}])
def test_what_was_allowed_is_allowed(arguments):
    one = {"properties": {"kind": {"const": "one"}, "a": TEXT}, "required": ["kind", "a"]}
    schema = {"type": "object", "properties": {"kind": TEXT}, "anyOf": [A, B, one]}

    assert Validator(schema).is_valid(arguments)
    assert Validator(flat(schema)).is_valid(arguments)
