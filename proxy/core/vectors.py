"""Vectors of embeddings: numbers as JSON has them, and the base64 in which they travel at a third of the size.

Invariant: every vector that comes from here has at least one number, and each of them is one that 32 bits can hold, so
that writing it as base64 never fails and JSON can say it.
Source: https://platform.openai.com/docs/api-reference/embeddings/create (`encoding_format`, read 2026-11-21).
"""

from __future__ import annotations

import base64
import struct
import sys
from array import array
from collections.abc import Sequence
from math import isfinite
from typing import Any, Final, TypeAlias

Vector: TypeAlias = "array[float]"
"""One embedding; never changed. An array is a fraction of a tuple's size, and gone in one step: an answer may have millions
of numbers."""

MOST: Final = 3.4028234663852886e38
"""The largest number of 32 bits."""
_SIZE: Final = 4
"""Bytes of a number."""
_SINGLE: Final = "f"
_DOUBLE: Final = "d"
_NUMBERS: Final = frozenset({int, float})
_SWAPPED: Final = sys.byteorder == "big"


def to_base64(vector: Sequence[float]) -> str:
    """Write a vector as base64 of little-endian 32-bit numbers."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def from_base64(text: str) -> Vector:
    """Read a vector that is base64 of little-endian 32-bit numbers.

    Raises:
        ValueError: not base64, not whole numbers of four bytes, none at all, or one that is not finite.
    """
    data = base64.b64decode(text, validate=True)
    if len(data) % _SIZE:
        raise ValueError(f"{len(data)} bytes are no 32-bit numbers")
    vector = array(_SINGLE, data)
    if _SWAPPED:
        vector.byteswap()
    return _finite(vector)


def of(numbers: list[float]) -> Vector:
    """A vector of numbers that are floats or integers all.

    Raises:
        ValueError: there is none, or one that 32 bits cannot hold.
    """
    if numbers and not (max(numbers) <= MOST and min(numbers) >= -MOST):
        raise ValueError("a number is not finite, or too large")
    return _finite(array(_DOUBLE, numbers))


def read(value: Any) -> Vector:
    """Read a vector in either form: an array of numbers, or base64. What is one already is given back.

    Raises:
        ValueError: it is neither, or holds a number that 32 bits cannot.
    """
    if isinstance(value, array):
        return value
    if isinstance(value, str):
        return from_base64(value)
    if not isinstance(value, list) or not set(map(type, value)) <= _NUMBERS:
        raise ValueError("neither an array of numbers nor base64")
    return of(value)


def _finite(vector: Vector) -> Vector:
    if not vector:
        raise ValueError("no number at all")
    # Of numbers of 32 bits no sum is beyond a float: what is not finite in it is so in one of them.
    if not isfinite(sum(vector)):
        raise ValueError("a number is not finite, or too large")
    return vector
