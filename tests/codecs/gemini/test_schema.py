import copy

import pytest

from proxy.codecs.gemini.references import MAX_DEPTH
from proxy.codecs.gemini.schema import arguments, plain
from proxy.codecs.gemini.subset import subset
from proxy.core import jsons

TEXT = {"type": "string"}
NAMED = {"type": "object", "properties": {"n": TEXT}}
MARKED = {"type": "object", "properties": {"m": TEXT}}
DEFINED = {"P": NAMED, "Q": MARKED}
BOTH = {"type": "object", "properties": {"n": TEXT, "m": TEXT}}
TREE = {
    "type": "object",
    "properties": {"next": {"allOf": [{"$ref": "#/$defs/T"}, {"required": ["n"]}]}, "n": TEXT},
}


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        (TEXT, TEXT),
        (
            {"items": {"$ref": "#/$defs/P", "const": "x"}, "$defs": {"P": {"enum": ["x", "y"]}}},
            {"items": {"enum": ["x"]}, "$defs": {"P": {"enum": ["x", "y"]}}},
        ),
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
        ({"$defs": {"a": TEXT}, "definitions": {"b": {"const": 1}}}, {"$defs": {"a": TEXT, "b": {"enum": [1]}}}),
        ({"$ref": "#/definitions/P", "definitions": DEFINED}, {"$defs": DEFINED, **NAMED}),
        (
            {"items": {"allOf": [{"$ref": "#/$defs/P"}], "description": "It.", "title": "P"}, "$defs": DEFINED},
            {"items": {"$ref": "#/$defs/P", "description": "It."}, "$defs": DEFINED},
        ),
        (
            {"items": {"allOf": [{"$ref": "#/$defs/P"}, {"$ref": "#/$defs/Q"}]}, "$defs": DEFINED},
            {"items": BOTH, "$defs": DEFINED},
        ),
        (
            {"items": {"$ref": "#/$defs/P", "properties": {"m": TEXT}}, "$defs": DEFINED},
            {"items": {"properties": {"m": TEXT, "n": TEXT}, "type": "object"}, "$defs": DEFINED},
        ),
        (
            {"items": {"$ref": "#/$defs/T"}, "$defs": {"T": TREE}},
            {
                "items": {"$ref": "#/$defs/T"},
                "$defs": {
                    "T": {
                        "type": "object",
                        "properties": {
                            "next": {
                                "type": "object",
                                "properties": {
                                    "next": {"$ref": "#/$defs/T", "description": 'required: ["n"]'},
                                    "n": TEXT,
                                },
                                "required": ["n"],
                            },
                            "n": TEXT,
                        },
                    }
                },
            },
        ),
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
)  # fmt: skip
def test_a_schema_is_written_in_the_supported_part(schema, written):
    before = copy.deepcopy(schema)

    assert plain(schema) == written
    assert schema == before


@pytest.mark.parametrize(("beside", "most"), [({"nullable": True}, 2), ({"required": ["q0"]}, 12)])
def test_definitions_that_lead_to_each_other_are_not_multiplied(beside, most):
    defined = {
        f"D{at}": {"type": "object", "properties": {f"q{to}": {"$ref": f"#/$defs/D{to}", **beside} for to in range(5)}}
        for at in range(5)
    }  # fmt: skip
    schema = {"type": "object", "properties": {"r": {"$ref": "#/$defs/D0"}}, "$defs": defined}

    assert len(jsons.encode(plain(schema))) <= most * len(jsons.encode(schema))


@pytest.mark.parametrize("written_by", [plain, subset])
@pytest.mark.parametrize(
    "within",
    [
        lambda node: {"items": node},
        lambda node: {"properties": {"a": node}},
        lambda node: {"anyOf": [node]},
    ],
)
def test_references_that_lead_deeper_and_deeper_can_still_be_encoded(within, written_by):
    defined = {"D10": {"type": "string"}}
    for at in range(10):
        node = {"$ref": f"#/$defs/D{at + 1}", "type": "object"}
        for _ in range(55):
            node = within(node)
        defined[f"D{at}"] = node
    schema = {"$ref": "#/$defs/D0", "$defs": defined}

    assert jsons.encode(written_by(schema))


def test_a_reference_is_written_out_so_deep_and_no_deeper():
    node = {"$ref": "#/$defs/T", "minItems": 1}
    for _ in range(MAX_DEPTH - 1):
        node = {"items": node}
    defined = {"T": {"type": "string"}}
    inner = plain({**node, "$defs": defined})
    deeper = plain({"items": node, "$defs": defined})
    for _ in range(MAX_DEPTH - 1):
        inner, deeper = inner["items"], deeper["items"]

    assert inner == {"minItems": 1, "type": "string"}
    assert deeper == {"items": {"$ref": "#/$defs/T", "description": "minItems: 1"}}


def test_a_description_tells_so_much_of_one_thing():
    said = plain({"not": {"enum": ["x" * 50_000]}, "minLength": 1, "description": "It."})[
        "description"
    ]

    assert said.startswith('It.\nnot: {"enum":["xx')
    assert said.endswith("x…\nminLength: 1")
    assert len(said) < 9_000


def test_properties_keep_their_order():
    schema = {"properties": dict.fromkeys("zxya", TEXT)}

    assert list(plain(schema)["properties"]) == list("zxya")


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"$ref": "#/definitions/P", "definitions": DEFINED}, {**NAMED, "definitions": DEFINED}),
        ({"allOf": [NAMED, MARKED]}, BOTH),
        ({"properties": {"n": TEXT}}, NAMED),
        *(
            ({"type": "object", **said},) * 2
            for said in (
                {"additionalProperties": TEXT},
                {"additionalProperties": True},
                {"anyOf": [NAMED, MARKED]},
                {"patternProperties": {"^a": TEXT}},
            )
        ),
    ],
)
def test_arguments_say_that_they_are_an_object(schema, written):
    assert arguments(schema) == written


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"properties": {}, "required": [], "additionalProperties": False},
        {"$schema": "x", "title": "T", "description": "None.", "$defs": DEFINED},
        {"allOf": [{"properties": {}}]},
    ],
)
def test_no_arguments_need_no_schema(said):
    assert arguments(said) is None
    assert arguments({"type": "object", **said}) is None
