"""Records, maps, lists, short forms, and what a profile may leave out."""

from proxy.config.kinds import Count, Definitions, Text
from proxy.config.positions import parse
from proxy.config.problems import Findings, Place
from proxy.config.references import References
from proxy.config.sections import (
    Either,
    Field,
    ListOf,
    MapOf,
    Open,
    Record,
    Section,
    Shorthand,
    as_partial,
)

INNER = Record(
    "inner",
    {"name": Field(Text(), "It.", required=True), "size": Field(Count(0, 9), "So.", "3", "4")},
    "a map with `name`",
)
SHORT = Shorthand(INNER, "name")
OUTER = Record(
    "outer",
    {
        "list": Field(ListOf(SHORT, "a list", least=1), "Many."),
        "map": Field(MapOf(SHORT, "a map", "[a-z]+", "a word", lowered=False), "Named."),
        "open": Field(Open("a map of words", closed=("no",)), "Any."),
    },
)


def read(kind, text, *, pending=False):
    findings = Findings()
    tree = References({}, lambda path: b"", pending=pending).replaced(
        parse(text.encode(), "f", findings)
    )
    return kind.read(tree, "", findings), [str(problem) for problem in findings.problems]


def test_a_record_keeps_values_and_their_places():
    section, problems = read(INNER, "name: a\nsize: 4\n")

    assert problems == []
    assert dict(section.values) == {"name": "a", "size": 4}
    assert section.at("size") == Place("f", 2, 7)
    assert section.at("other") == section.place
    assert (section.shown("name"), section.shown("other")) == ("'a'", "nothing")


def test_a_wrong_value_is_left_out_but_its_place_stays():
    section, problems = read(INNER, "name: a\nsize: x\n")

    assert "size" not in section.values
    assert section.at("size").line == 2
    assert len(problems) == 1


def test_a_section_that_was_not_written_is_empty():
    section = Section("a", Place("f", 1, 1))

    assert section.section("b").path == "a.b"
    assert section.get("b", 3) == 3


def test_the_short_form_is_the_long_form():
    short, _ = read(SHORT, "word")
    long, _ = read(SHORT, "{name: word}")

    assert short.values == long.values
    assert read(SHORT, "[a]")[1] == ["f:1:1: expected text, got a list"]


def test_lists_maps_and_open_maps_are_read_within_records():
    section, problems = read(OUTER, "list: [a, {name: b, size: 1}]\nmap: {x: c}\nopen: {y: [1]}\n")

    assert problems == []
    assert [step.get("name") for step in section.get("list")] == ["a", "b"]
    assert section.section("map").section("x").get("name") == "c"
    assert section.get("open") == {"y": [1]}


BOX = Record(
    "box",
    {"box": Field(ListOf(SHORT, "a list", least=1), "Several.", required=True)},
    "a map with `box`",
    {"size": "is for each of the box, not for the box itself"},
)
EITHER = Either(SHORT, BOX, "box")


def test_a_key_tells_one_record_from_the_other():
    boxed, problems = read(EITHER, "{box: [a, {name: b, size: 2}]}")

    assert problems == []
    assert [inner.get("name") for inner in boxed.get("box")] == ["a", "b"]
    assert read(EITHER, "a")[0].values == {"name": "a"}
    assert read(EITHER, "{name: a, size: 1}")[0].values == {"name": "a", "size": 1}
    assert read(EITHER, "'${X}'", pending=True) == (None, [])


def test_what_is_expected_names_every_form_and_the_schema_takes_each():
    definitions = Definitions()

    assert EITHER.label == "text, or a map with `name`, or a map with `box`"
    assert EITHER.schema(definitions)["anyOf"][-1] == {"$ref": "#/$defs/box"}
    assert definitions.table.keys() >= {"inner", "box"}


def test_a_key_that_has_its_place_near_by_is_told_where():
    _, problems = read(EITHER, "{box: [a], size: 3}")

    assert problems == ["f:1:12: size: is for each of the box, not for the box itself"]
    assert read(EITHER, "{box: [a], sise: 3}")[1] == [
        "f:1:12: sise: unknown key; did you mean 'size'?"
    ]


def test_every_slip_is_told():
    text = "list: []\nmap: {X: c, y: {size: 1}}\nopen: {no: 1}\nopne: {}\n"

    assert read(OUTER, text)[1] == [
        "f:1:7: list: expected at least 1 in a list, got 0",
        "f:2:7: map.X: expected a word as the key, got 'X'",
        "f:2:16: map.y: expected the key 'name': text",
        "f:3:8: open.no: cannot be set here; a map of words without no",
        "f:4:1: opne: unknown key; did you mean 'open'?",
    ]


def test_open_maps_tell_of_references_at_any_depth():
    _, problems = read(OUTER, "open: {a: [{b: '${NONE}'}]}")

    assert problems == [
        "f:1:16: open.a[0].b: the variable NONE is not set; set it or write a default: ${NONE:-…}"
    ]
    assert read(OUTER, "open: {a: [{b: '${NONE}'}]}", pending=True)[1] == []


def test_what_is_commented_out_is_empty():
    section, problems = read(Record("r", {"a": Field(Open(), ""), "b": Field(INNER, "")}), "a:\n")

    assert problems == []
    assert section.get("a") == {}
    lists = Record("r", {"a": Field(ListOf(SHORT, "a list"), "")})
    assert read(lists, "a:\n")[0].get("a") == ()


def test_a_pending_value_in_place_of_a_section_is_let_be():
    assert read(OUTER, "{list: '${X}', map: '${X}', open: '${X}'}", pending=True)[1] == []
    assert read(OUTER, "{map: {a: '${X}'}}", pending=True)[1] == []


def test_a_partial_record_insists_on_nothing_but_in_lists():
    partial = as_partial(OUTER)

    assert read(partial, "map: {a: {size: 1}}")[1] == []
    assert read(partial, "list: [{size: 1}]")[1] != []
    assert as_partial(partial) is partial
    assert partial.name == "outer-part"


def test_the_schema_names_records_and_tells_defaults_and_examples():
    definitions = Definitions()
    pointer = OUTER.schema(definitions)
    inner = definitions.table["inner"]

    assert pointer == {"$ref": "#/$defs/outer"}
    assert inner["required"] == ["name"]
    assert inner["type"] == "object"
    assert inner["properties"]["size"]["default"] == 3
    assert inner["properties"]["size"]["examples"] == [4]
    assert definitions.table["outer"]["additionalProperties"] is False
