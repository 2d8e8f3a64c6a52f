import copy

import pytest

from proxy.codecs.gemini import references as subject
from proxy.codecs.gemini.references import References

TEXT = {"type": "string"}
NAMED = {"type": "object", "properties": {"n": TEXT}, "required": ["n"], "title": "P"}
MARKED = {"type": "object", "properties": {"m": TEXT}, "required": ["m"], "title": "Q"}
DEFINED = {
    "P": NAMED,
    "Q": MARKED,
    "a/b~": TEXT,
    "L": {"$ref": "#/$defs/L"},
    "E": {"enum": ["x", "y"]},
}
P, Q = {"$ref": "#/$defs/P"}, {"$ref": "#/$defs/Q"}
BOTH = {
    "type": "object",
    "properties": {"n": TEXT, "m": TEXT},
    "required": ["n", "m"],
    "title": "P",
}


def whole(node, trail=(), *, out=False, root=None):
    return References(root or {"$defs": DEFINED}).whole(node, trail, out=out)


@pytest.mark.parametrize(
    "node",
    [TEXT, {"allOf": 7}, {"$ref": 7, "type": "string"}, P, {**P, "description": "It.", "title": "P"}, {**P, "nullable": True, "x-a": 1}],
)  # fmt: skip
def test_what_stands_alone_stays(node):
    assert whole(node) == (node, ())


@pytest.mark.parametrize(
    ("node", "said", "trail"),
    [
        ({"allOf": [P], "description": "It."}, {**P, "description": "It."}, ()),
        ({"allOf": [P, P]}, P, ()),
        ({"allOf": [{**P, "allOf": [{"title": "x"}]}, True]}, {**P, "title": "x"}, ()),
        ({"allOf": [P, Q]}, BOTH, ("#/$defs/P", "#/$defs/Q")),
        ({**P, "allOf": [Q]}, BOTH, ("#/$defs/P", "#/$defs/Q")),
        ({**P, "required": ["x"]}, {**NAMED, "required": ["x", "n"]}, ("#/$defs/P",)),
        ({"allOf": [P], "type": "object"}, NAMED, ("#/$defs/P",)),
        ({"$ref": "#/$defs/a~1b~0", "minItems": 1}, {**TEXT, "minItems": 1}, ("#/$defs/a~1b~0",)),
        ({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, {"enum": [2]}, ()),
        ({"allOf": [{"enum": [1, 2]}, {"enum": [3]}, {"enum": [2]}]}, {"enum": [2]}, ()),
        ({"allOf": [{"enum": "no"}, {"const": 1}]}, {"enum": "no"}, ()),
        ({"allOf": [{"const": 1}, {"const": 2}]}, {"enum": [1]}, ()),
        ({"$ref": "#/$defs/E", "const": "x"}, {"enum": ["x"]}, ("#/$defs/E",)),
        ({"allOf": [{"$ref": "#/$defs/E"}, {"const": "y"}]}, {"enum": ["y"]}, ("#/$defs/E",)),
        ({"allOf": [{"minimum": 1}, {"minimum": 2}]}, {"minimum": 1}, ()),
    ],
)  # fmt: skip
def test_a_place_is_one_node(node, said, trail):
    before = copy.deepcopy(node)

    assert whole(node) == (said, trail)
    assert node == before


def test_a_reference_is_written_out_where_that_is_asked_for():
    assert whole(P, out=True) == (NAMED, ("#/$defs/P",))
    assert whole({"$ref": "#"}, out=True, root=NAMED) == (NAMED, ("#",))


@pytest.mark.parametrize("reference", ["https://x.test/P", "#/$defs/none", "#/$defs/P/title"])
def test_a_reference_that_leads_nowhere_stays(reference):
    node = {"$ref": reference, "type": "object"}

    assert whole(node) == (node, ())


def test_a_reference_that_comes_back_to_itself_stays():
    assert whole({**P, "type": "object"}, ("#/$defs/P",)) == (
        {**P, "type": "object"},
        ("#/$defs/P",),
    )
    assert whole({"$ref": "#/$defs/L"}, out=True) == ({"$ref": "#/$defs/L"}, ("#/$defs/L",))


def test_a_chain_of_references_is_followed_so_far():
    chain = {f"D{at}": {"$ref": f"#/$defs/D{at + 1}"} for at in range(5_000)}
    said, trail = whole({"$ref": "#/$defs/D0"}, out=True, root={"$defs": chain})

    assert said == {"$ref": "#/$defs/D64"}
    assert len(trail) == 64


def doubled(leaf):
    """Sixteen definitions, each twice what the next one says."""
    defined = {f"A{at}": {"allOf": [{"$ref": f"#/$defs/A{at + 1}"}] * 2} for at in range(16)}
    return {"$defs": {**defined, "A16": leaf}}


def test_a_reference_is_written_out_once_in_a_place(monkeypatch):
    monkeypatch.setattr(subject, "MAX_NODES", 100)
    references = References(doubled(NAMED))
    said, trail = references.whole({"$ref": "#/$defs/A0"}, (), out=True)

    assert said == NAMED
    assert len(trail) == 17
    assert not references.exhausted


class Counted(dict):
    compared = 0

    def __eq__(self, other):
        Counted.compared += 1
        return dict.__eq__(self, other)

    __hash__ = None


@pytest.mark.parametrize("name", ["required", "enum"])
def test_lists_are_joined_without_comparing_each_with_each(name):
    Counted.compared = 0
    values = [Counted(at=at) for at in range(200)]
    said, _ = whole({"allOf": [{name: values}, {name: [Counted(each) for each in values]}]})

    assert said == {name: [{"at": at} for at in range(200)]}
    assert Counted.compared <= 200


def test_references_to_much_end_at_a_bound(monkeypatch):
    monkeypatch.setattr(subject, "MAX_WORK", 10_000)
    references = References({"$defs": {"P": {"required": ["n" * 1_000]}}})
    said = [references.whole({**P, "type": "object"}, ())[0] for _ in range(50)]

    assert 9 <= sum("required" in each for each in said) <= 11
    assert said[-1] == {**P, "type": "object"}


def test_what_comes_back_to_itself_stays_within_another():
    tree = {"properties": {"next": {"$ref": "#/$defs/T", "required": ["n"]}, "all": [{"$ref": 7}]}}
    root = {"$defs": {**DEFINED, "T": tree}}
    node = {"$ref": "#/$defs/T", "required": ["n"]}
    trail = ("#/$defs/P",)

    assert whole(node, root=root) == ({"required": ["n"], **tree}, ("#/$defs/T",))
    assert whole(node, trail, root=root) == (node, trail)
    assert whole({"allOf": [node, Q]}, trail, root=root) == (
        {**node, **MARKED, "required": ["n", "m"]},
        (*trail, "#/$defs/Q"),
    )
    assert "$ref" not in whole(node, trail, out=True, root=root)[0]


def test_references_that_multiply_end_at_a_bound(monkeypatch):
    monkeypatch.setattr(subject, "MAX_NODES", 50)
    fan = {f"D{at}": {"allOf": [{"$ref": f"#/$defs/D{at + 1}"}] * 2} for at in range(40)}
    references = References({"$defs": fan})
    references.whole({"$ref": "#/$defs/D0"}, (), out=True)

    assert references.exhausted
    assert references.whole({**P, "type": "object"}, ()) == ({**P, "type": "object"}, ())
