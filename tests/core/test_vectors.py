import base64
import math
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core import vectors

FLOATS = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1)


@given(FLOATS)
def test_base64_keeps_every_number_of_32_bits(numbers):
    text = vectors.to_base64(numbers)

    assert list(vectors.from_base64(text)) == numbers
    assert vectors.to_base64(vectors.from_base64(text)) == text


def test_base64_is_little_endian():
    assert vectors.to_base64((1.0, -2.5)) == base64.b64encode(b"\0\0\x80?\0\0 \xc0").decode()


@pytest.mark.parametrize(
    ("value", "vector"),
    [
        ([0.25, -1, 0], (0.25, -1.0, 0.0)),
        ([vectors.MOST], (vectors.MOST,)),
        ("AACAPw==", (1.0,)),
    ],
)
def test_a_vector_is_read_from_numbers_or_base64_as_floats(value, vector):
    read = vectors.read(value)

    assert tuple(read) == vector
    assert {type(number) for number in read} == {float}


@pytest.mark.parametrize(
    "value",
    [
        None,
        3,
        {},
        [],
        "",
        [None],
        [True],
        ["1"],
        [[1.0]],
        [1e39],
        [10**400],
        [math.inf],
        "no base64!",
        "é",
        "AAA=",
        "AACAPwA=",
        base64.b64encode(struct.pack("<f", math.nan)).decode(),
        base64.b64encode(struct.pack("<ff", 1.0, -math.inf)).decode(),
    ],
)
def test_what_is_no_vector_is_refused(value):
    with pytest.raises(ValueError, match=r".+"):
        vectors.read(value)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_whatever_is_read_can_be_written(value):
    try:
        vector = vectors.read(value)
    except ValueError:
        return

    assert vectors.to_base64(vector)


def test_base64_is_little_endian_on_every_machine(monkeypatch):
    monkeypatch.setattr(vectors, "_SWAPPED", sys.byteorder != "big")
    other = base64.b64encode(struct.pack(">f" if sys.byteorder == "little" else "<f", 2.5)).decode()

    assert list(vectors.from_base64(other)) == [2.5]
