import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.body import object_of, without


def test_an_object_is_read():
    assert object_of(b' {"a": [1]} ') == {"a": [1]}


@pytest.mark.parametrize(
    ("body", "said", "code"),
    [
        (b"", "The request body is empty.", None),
        (b" \n", "The request body is empty.", None),
        (b"{", "The request body is not JSON: ", None),
        (b"[1]", "The request body is an array.", "invalid_type"),
        (b"null", "The request body is null.", "invalid_type"),
    ],
)
def test_anything_else_is_refused_with_what_came(body, said, code):
    with pytest.raises(ProxyError) as caught:
        object_of(body)

    assert caught.value.kind is Kind.INVALID_REQUEST
    assert caught.value.message.startswith(said)
    assert caught.value.message.endswith("Send one JSON object.")
    assert caught.value.code == code


def test_what_is_left_in_is_byte_for_byte_what_came():
    body = b'{"a": 1.0, "b": {"c":  2}, "d": "\\u00e9"}'

    assert without(body, ("a", "x")) == b'{"b":{"c":  2},"d":"\\u00e9"}'


def test_without_names_the_very_bytes_come_back():
    body = b' {"a" : 1} '

    assert without(body, ()) is body
