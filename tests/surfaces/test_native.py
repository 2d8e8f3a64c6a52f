import pytest

from proxy.surfaces.native import GONE, additions, edited, line_of


@pytest.mark.parametrize(
    ("native", "line"),
    [
        (None, None),
        ({"dialect": "openai", "payload": b"{}"}, b"{}"),
        ({"dialect": "anthropic", "payload": b"{}"}, None),
        ({"dialect": "openai", "payload": b"{\n}"}, None),
        ({"dialect": "openai", "payload": b"{\r}"}, None),
    ],
)
def test_a_payload_is_taken_where_it_is_of_the_dialect_and_on_one_line(native, line):
    assert line_of(native, "openai") == line


def test_an_edit_leaves_the_rest_byte_for_byte():
    payload = b'{"a": 1.0, "b": [ 1 ], "c": "\\u00e9"}'

    assert edited(payload, {"b": 2, "d": None}) == b'{"a":1.0,"b":2,"c":"\\u00e9","d":null}'


def test_a_member_is_taken_away_where_it_is():
    assert edited(b'{"a":1,"b":2}', {"a": GONE, "x": GONE}) == b'{"b":2}'


def test_without_edits_the_very_bytes_come_back():
    payload = b" { } "

    assert edited(payload, {}) is payload


@pytest.mark.parametrize(
    ("model", "report", "edits"),
    [
        (None, None, {}),
        ("m", None, {}),
        ("n", None, {"model": "n"}),
        (None, {}, {"firstbyte": {}}),
        ("n", {"a": 1}, {"model": "n", "firstbyte": {"a": 1}}),
    ],
)
def test_only_what_differs_is_edited_into_a_whole_answer(model, report, edits):
    assert additions({"model": "m"}, model, report) == edits
