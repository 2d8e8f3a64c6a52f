"""A JSON text without its long arrays of numbers, each of which is read by itself: a text of megabytes in short steps.

Where such an array stood the text says `"@7"` instead, the place of the array in a list. If a cut was made inside of a
string, that quote ends the string there, and what is left is no JSON any more: then, and where a text says such words
itself, nothing is made of the cuts.

Invariant: an object is read as `jsons.decode_object` reads it, but for the vectors in it; an edited text has every byte of
the arrays that it came with.
Source: RFC 8259.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from proxy.core import jsons, vectors
from proxy.core.shape import Json
from proxy.core.steps import Steps
from proxy.core.vectors import Vector

STEP: Final = 256 * 1024
"""Bytes that are read in a step; a shorter text is read at once."""
LONG: Final = 1024
"""Bytes from which an array is cut out."""
_LEAST: Final = 64
"""Bytes that an array counts for, short as it may be: to look at it takes time too."""
_NUMBERS: Final = jsons.Form(list[float])
_WORD: Final = re.compile(r"@[0-9]{1,9}")
_CUT: Final = re.compile(rb'"@([0-9]{1,9})"')


class _Cuts:
    """A text, and what is cut out of it.

    Args:
        text: JSON.
    """

    def __init__(self, text: bytes) -> None:
        self._view = memoryview(text)
        self._kept: list[bytes | memoryview] = []
        self._end = 0
        self.arrays: list[memoryview] = []
        """What was cut out, in order."""

    def out(self, begin: int, end: int) -> None:
        """Cut an array out, each behind the last."""
        self._kept += (self._view[self._end : begin], b'"@%d"' % len(self.arrays))
        self.arrays.append(self._view[begin:end])
        self._end = end

    def rest(self) -> bytes:
        """The text with a word in the place of each array."""
        return b"".join((*self._kept, self._view[self._end :]))

    def back(self, text: bytes) -> list[bytes | memoryview]:
        """The pieces of an edited text, every other one of them an array that a word stood for.

        Raises:
            IndexError: a word stands for none.
        """
        said = _CUT.split(text)
        pieces: list[bytes | memoryview] = [*said]
        pieces[1::2] = [self.arrays[int(place)] for place in said[1::2]]
        return pieces


def read_object(text: bytes) -> Steps[Json]:
    """Read a JSON object; where it is long, a long array of numbers in it may be a vector in place of a list.

    Raises:
        JsonError: as `jsons.decode_object`.
    """
    if len(text) <= STEP:
        return jsons.decode_object(text)
    # Whoever brought it all together has had time enough.
    yield
    cuts = _Cuts(text)
    found: list[Vector] = []
    for span in _long(text):
        if span is None:
            yield
        elif (vector := _vector(text, *span)) is not None:
            cuts.out(*span)
            found.append(vector)
    if not found:
        return jsons.decode_object(text)
    try:
        value = jsons.decode_object(cuts.rest())
    except jsons.JsonError:
        return jsons.decode_object(text)
    yield
    return value if _put_back(value, found) == len(found) else jsons.decode_object(text)


def edited(text: bytes, edit: Callable[[bytes], bytes]) -> Steps[bytes]:
    """An object with another top level.

    Args:
        text: The object.
        edit: Edits an object's top level, and does not look at what stands deeper.
    """
    if len(text) <= STEP:
        return edit(text)
    cuts = _Cuts(text)
    for span in _long(text):
        if span is None:
            yield
        else:
            cuts.out(*span)
    if not cuts.arrays:
        return edit(text)
    try:
        pieces = cuts.back(edit(cuts.rest()))
    except (jsons.JsonError, IndexError):
        return edit(text)
    yield
    said = b"".join(pieces) if len(pieces) == 2 * len(cuts.arrays) + 1 else edit(text)
    yield
    return said


def _long(text: bytes) -> Iterator[tuple[int, int] | None]:
    """Where long arrays begin and end that have no array and no string in them; None where a step ends.

    They may be parts of strings.
    """
    at = size = 0
    while (end := text.find(b"]", at) + 1) > 0:
        begin = text.rfind(b"[", at, end)
        size += max(end - at, _LEAST)
        if size > STEP:
            yield None
            size = 0
        if end - begin >= LONG and begin >= 0 and text.find(b'"', begin, end) < 0:
            yield begin, end
        at = end


def _vector(text: bytes, begin: int, end: int) -> Vector | None:
    """The array as a vector; None where it is none: what is wrong with it is for the reader of the whole to say."""
    numbers = _NUMBERS.read(memoryview(text)[begin:end])
    try:
        return None if numbers is None else vectors.of(numbers)
    except ValueError:
        return None


def _put_back(value: Any, found: list[Vector]) -> int:
    """Put vectors where the words for them stand; gives how many words there were."""
    count = 0
    inner: Any
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(inner, str) and _WORD.fullmatch(inner):
            count += 1
            place = int(inner[1:])
            value[key] = found[place] if place < len(found) else inner
        elif isinstance(inner, dict | list):
            count += _put_back(inner, found)
    return count
