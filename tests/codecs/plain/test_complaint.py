import pytest

from proxy.codecs.plain.complaint import (
    a_number,
    a_string,
    an_array,
    an_object,
    invalid,
    unsupported,
)
from proxy.core.errors import Kind, ProxyError

READS = [
    (a_string, "x", "a string"),
    (an_object, {"a": 1}, "an object"),
    (an_array, [1], "an array"),
    (a_number, 1.5, "a number"),
]


@pytest.mark.parametrize(("read", "good", "_expected"), READS)
def test_a_value_of_its_type_is_given_back(read, good, _expected):
    assert read(good, "p") is good


@pytest.mark.parametrize(("read", "_good", "expected"), READS)
def test_any_other_is_refused_with_its_path(read, _good, expected):
    with pytest.raises(ProxyError) as caught:
        read(None, "a.b[1]")

    assert caught.value.kind is Kind.INVALID_REQUEST
    assert caught.value.param == "a.b[1]"
    assert caught.value.message == f"Invalid type for 'a.b[1]': expected {expected}, but got null."


def test_a_boolean_is_no_number():
    with pytest.raises(ProxyError, match="expected a number, but got a boolean"):
        a_number(True, "p")


def test_refusals_have_openais_codes():
    assert (invalid("m", "p").kind, invalid("m", "p").code) == (
        Kind.INVALID_REQUEST,
        "invalid_value",
    )
    assert (unsupported("m", "p").kind, unsupported("m", "p").code) == (
        Kind.UNSUPPORTED,
        "unsupported_value",
    )
