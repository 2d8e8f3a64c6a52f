import copy
import json

import pytest
from jsonschema import Draft202012Validator as Validator

from proxy.codecs.anthropic.roots import MAX_WAYS, MAX_WORK, flat

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


def test_branches_that_lead_to_more_and_more_of_them_end():
    again = {"$ref": "#/$defs/a"}
    schema = {"anyOf": [again], "$defs": {"a": {"anyOf": [again] * 30, "properties": {"x": TEXT}}}}
    written = flat(schema)

    assert written["properties"] == {"x": TEXT}
    assert "anyOf" not in written


def test_of_branches_that_are_too_many_none_says_what_is_needed():
    many = [{"required": ["a"]}] * (MAX_WORK // 2 + 1)

    assert flat({"anyOf": many}) == {"properties": {}}
    assert flat({"anyOf": many * 2}) == {"properties": {}}


def test_a_member_that_too_many_branches_describe_may_be_anything():
    branches = [{"properties": {"a": {"const": at}}} for at in range(MAX_WAYS + 1)]
    as_many = flat({"oneOf": branches[:-1]})["properties"]["a"]["anyOf"]

    assert len(as_many) == MAX_WAYS
    assert flat({"oneOf": branches})["properties"] == {"a": {}}
