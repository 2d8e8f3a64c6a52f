"""YAML to a tree with places; what is refused before it costs anything."""

import pytest
import yaml

from proxy.config import positions
from proxy.config.positions import MAX_BYTES, Entries, Items, Scalar, parse, plain_value
from proxy.config.problems import Findings


def tree_of(text):
    findings = Findings()
    node = parse(text.encode() if isinstance(text, str) else text, "f", findings)
    assert not findings.problems
    return node


def refusal(text):
    findings = Findings()
    parse(text.encode() if isinstance(text, str) else text, "f", findings)
    return [str(problem) for problem in findings.problems]


@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
def test_every_key_and_value_knows_its_place(loader, monkeypatch):
    monkeypatch.setattr(positions, "_LOADER", loader)
    tree = tree_of("a: 1\nb:\n  - x\n  - {c: y}\n")

    assert isinstance(tree, Entries)
    items = tree.entries["b"].node
    assert isinstance(items, Items)
    inner = items.items[1]
    assert isinstance(inner, Entries)
    assert (tree.entries["a"].place.line, tree.entries["a"].node.place.column) == (1, 4)
    assert (inner.entries["c"].place.line, inner.entries["c"].place.column) == (4, 6)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("1:30", "1:30"),
        ("0o17", "0o17"),
        ("012", 12),
        ("-3", -3),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        ("1" * 30, float("1" * 30)),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("'3'", "3"),
        ('"true"', "true"),
        ("2026-11-21", "2026-11-21"),
    ],
)
def test_plain_scalars_follow_the_core_schema(written, value):
    assert plain_value(tree_of(f"[{written}]")) == [value]


@pytest.mark.parametrize("text", ["", "# words\n", "---\n", "~", "\ufeff"])
def test_nothing_written_is_no_tree(text):
    assert tree_of(text) is None


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert plain_value(tree_of("\ufeffa: 1")) == {"a": 1}


def test_merges_take_what_the_map_does_not_say_itself():
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], c: 3}\nq: {'<<': 1}\n"
    value = plain_value(tree_of(text))

    assert value["z"] == {"a": 1, "b": 1, "c": 3}
    assert value["q"] == {"<<": 1}


def test_doubled_keys_name_the_first_and_reading_goes_on():
    assert refusal("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f:4:3: b.c: given twice, first on line 3",
        "f:5:1: a: given twice, first on line 1",
    ]


def lists(depth):
    return "[" * depth + "]" * depth


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "a: &a " + lists(40) + "\nb: " + "[" * 40 + "*a" + "]" * 40 + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "values with aliases written out, got more"),
        (DEEP, "expected at most 64 levels of nesting"),
        (lists(70), "expected at most 64 levels of nesting"),
        ("[" * 300_000, "expected at most 64 levels of nesting"),
        ("[" + ",".join(f"&a{n} x" for n in range(101)) + "]", "at most 100 anchors and aliases"),
        ("[" + ",".join(["x"] * 20_001) + "]", "expected at most 20000 values"),
        ("a: 1\n---\nb: 2\n", "f:2:1: expected one document, got a second"),
        ("a: &a [*a]", "the alias '*a' stands for nothing that ended before it"),
        ("*a", "the alias '*a' stands for nothing"),
        ("? [a]\n: b", "expected a name as the key, got a list or a map"),
        ("a: !!python/object/apply:os.system [x]", "f:1:4: a: tags are not used here"),
        ("a: !mine x", "tags are not used here"),
        ("<<: 3", "f:1:1: '<<': expected a map to merge"),
        ("a: [", "not YAML: "),
        ("a: b: c", "f:1:5: not YAML: mapping values are not allowed in this context"),
        ("a:\n  \x01", "f:2:3: not YAML: control characters are not allowed"),
        ("a: {b: ${X}}", 'within {} and [] a reference needs quotes: "${NAME}"'),
        ("a:\n\tb: 1", "f:2:1: not YAML: a tab where only spaces may stand; indent with spaces"),
        ("a:\n  b: 1\n  \tc: 2", "f:3:3: not YAML: a tab where only spaces may stand"),
        ("a: @x", "f:1:4: not YAML: while scanning for the next token"),
        (b"a: \xff", "f:1:4: expected UTF-8, got the byte 0xff; save the file as UTF-8"),
        (b"\xef\xbb\xbfa: 1\n\xc3\xa4: \xe4", "f:2:4: expected UTF-8, got the byte 0xe4"),
        (b"#" * (MAX_BYTES + 1), f"expected at most {MAX_BYTES} bytes, got {MAX_BYTES + 1}"),
    ],
    ids=range(23),
)
def test_what_could_hurt_is_refused(text, said):
    found = refusal(text)

    assert len(found) == 1
    assert said in found[0]


def test_a_scalar_does_not_print_its_text():
    assert "secret" not in repr(Scalar(tree_of("[x]").place, 1, "secret"))
