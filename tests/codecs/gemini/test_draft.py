import pytest

from proxy.codecs.gemini import draft
from proxy.core.errors import Kind, ProxyError


def test_a_drop_is_noted_once():
    written = draft.draft_for("gemini-3-flash", "gemini")
    written.drop("seed")
    written.drop("seed")

    assert written.dropped == ["seed"]


def test_the_maker_tells_the_two_services_apart():
    assert draft.maker_of("models/gemini-3-pro-preview", "gemini") == "gemini/gemini-3-pro"
    assert draft.maker_of("gemini-3-pro-preview", "vertex") == "vertex/gemini-3-pro"


def test_only_a_draft_for_vertex_says_so():
    assert draft.draft_for("gemini-3-flash", "vertex").vertex
    assert not draft.draft_for("gemini-3-flash", "gemini").vertex


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (draft.string, 1, "expected a string, but got a number"),
        (draft.mapping, [], "expected an object, but got an array"),
        (draft.sequence, "x", "expected an array, but got a string"),
    ],
)
def test_a_wrong_type_names_its_place_and_what_came(read, value, message):
    with pytest.raises(ProxyError, match=message) as caught:
        read(value, "a.b")

    assert caught.value.param == "a.b"
    assert caught.value.kind is Kind.INVALID_REQUEST


def test_a_right_type_is_given_back():
    assert draft.string("x", "p") == "x"
    assert draft.mapping({"a": 1}, "p") == {"a": 1}
    assert draft.sequence([1], "p") == [1]


def test_what_has_no_form_here_is_unsupported():
    assert draft.unsupported("No.", "n").kind is Kind.UNSUPPORTED
