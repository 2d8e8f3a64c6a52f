import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.wire.jsonarray import JsonArrayDecoder

VALUES = [
    {"text": 'quotes " and \\ and ] } , [ { \u2028'},
    {},
    {"deep": [[1, {"a": []}], "]"]},
    {"escapes": "\\\\\\", "after": "\\u0041"},
    [1, [2]],
]


def read(pieces, limit=10_000):
    decoder = JsonArrayDecoder(limit)
    return [element for piece in pieces for element in decoder.feed(piece)], decoder


@pytest.mark.parametrize("indent", [None, 2])
def test_elements_are_the_same_at_every_split(indent):
    raw = json.dumps(VALUES, indent=indent, ensure_ascii=False).encode()
    for cut in range(len(raw) + 1):
        elements, decoder = read([raw[:cut], raw[cut:]])

        assert [json.loads(element) for element in elements] == VALUES
        assert decoder.closed


def test_one_byte_at_a_time_gives_the_same_elements():
    raw = json.dumps(VALUES, indent=1).encode() + b"\r\n"
    elements, decoder = read([raw[at : at + 1] for at in range(len(raw))])

    assert [json.loads(element) for element in elements] == VALUES
    assert decoder.closed


def test_an_element_comes_out_with_its_last_byte():
    decoder = JsonArrayDecoder(100)

    assert decoder.feed(b'[{"a": 1') == []
    assert decoder.feed(b"}") == [b'{"a": 1}']
    assert not decoder.closed


def test_objects_without_an_array_are_elements_too():
    elements, decoder = read([b'\n{"a": 1}\n{"b": 2}'])

    assert elements == [b'{"a": 1}', b'{"b": 2}']
    assert not decoder.closed


def test_what_follows_the_array_is_not_read():
    elements, decoder = read([b'[{"a": 1}] and more', b"]"])

    assert elements == [b'{"a": 1}']
    assert decoder.closed


@pytest.mark.parametrize("raw", [b"]", b"nonsense", b'["text"]', b"[1]", b"[{}}"])
def test_anything_but_objects_is_malformed(raw):
    with pytest.raises(ProxyError) as caught:
        read([raw])

    assert caught.value.kind is Kind.MALFORMED


def test_an_element_over_the_limit_is_refused_with_both_numbers():
    with pytest.raises(ProxyError, match="at least 12 bytes; max_event is 10") as caught:
        read([b'[{"a": "', b"xxxxx"], limit=10)

    assert caught.value.kind is Kind.OVERSIZED


def test_the_limit_is_for_one_element_only():
    elements, _ = read([b"[" + b'{"a": 1},' * 50], limit=10)

    assert len(elements) == 50


@given(st.lists(st.binary(max_size=20), max_size=5))
def test_any_bytes_raise_nothing_but_proxy_errors(pieces):
    try:
        elements, _ = read(pieces)
    except ProxyError as error:
        elements = [str(error)]

    assert all(elements)
