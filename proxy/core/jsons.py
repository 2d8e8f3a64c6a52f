"""The one door to JSON: strict where it is fast, lenient where providers are sloppy, never a surprise.

`decode` takes what real servers send (a byte-order mark, lone surrogate escapes) and refuses what JSON is not
(NaN, trailing text, deep nests, numbers beyond any float). `split` and `join` edit an object's top level without touching a nested byte,
so that a relayed body keeps its numbers, escapes and order.

Invariant: only `JsonError` leaves this file for bad input; `split` reads every object that `decode` reads; `encode` and
`join` never fail on what came from here.
Source: RFC 8259.
"""

from __future__ import annotations

import json as _stdlib
import math
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Final, Generic, NoReturn, TypeAlias, TypeVar

import msgspec
from msgspec import Meta as Meta
from msgspec import Struct as Struct

Members: TypeAlias = dict[str, msgspec.Raw]
"""An object's top level, each value still the bytes that came."""

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""For a field of a `Struct`: a whole number from 0 on that every reader of JSON reads exactly."""

T = TypeVar("T")

MAX_DEPTH: Final = 128
"""Nesting of arrays and objects that we read; deeper input is refused."""

_decoder: Final = msgspec.json.Decoder()
_raws_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])
_raw_decoder: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder: Final = msgspec.json.Encoder()
_NESTS: Final = frozenset({dict, list})
"""What a decoded value nests in, and of no other type."""
_SHORT: Final = 2048
"""Bytes below which counting is quicker than looking for one after the other."""
_BOM: Final = b"\xef\xbb\xbf"
_NEWLINE: Final = "\n"
_TOLD_APART: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"|-?Infinity|NaN', re.DOTALL)
"""Strings, and the numbers that JSON does not have."""


class JsonError(ValueError):
    """The bytes are not one JSON value that we read; the message says why, without the bytes."""


def decode(data: bytes) -> Any:
    """Read one JSON value.

    Raises:
        JsonError: not JSON, not UTF-8, or nested deeper than `MAX_DEPTH`.
    """
    try:
        value = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        value = _decode_leniently(data)
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH} levels") from None
    if len(data) < _SHORT and data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return value
    return _not_too_deep(value, data)


UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the `decode` of a form raises."""


class Form(Generic[T]):
    """Reads JSON values of one form and no other, several times as fast as `decode` reads any.

    Args:
        form: A `Struct` whose fields are typed; with `forbid_unknown_fields` a value that has more is not of the form.
    """

    def __init__(self, form: type[T]) -> None:
        self._form = form
        self.decode: Final = msgspec.json.Decoder(form).decode
        """As `read`, in one call less; raises what `UNREADABLE` names."""

    def of(self, value: Any) -> T | None:
        """What `decode` gave, if it is of this form; else None. The value is not touched."""
        try:
            return msgspec.convert(value, self._form)
        except (msgspec.ValidationError, UnicodeEncodeError):
            # A lone surrogate has no UTF-8 form, and none of the names that are looked for has one.
            return None

    def told(self, data: bytes) -> tuple[Any, T | None]:
        """The value as `decode` gives it, and in this form, or None where it is not of it.

        A value of the form is never looked through for its depth: each of its fields must say how deep it may be.

        Raises:
            JsonError: as `decode`.
        """
        try:
            value = _decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return decode(data), None
        try:
            return value, msgspec.convert(value, self._form)
        except msgspec.ValidationError:
            return _not_too_deep(value, data), None

    def read(self, data: bytes | memoryview) -> T | None:
        """The value; None where the bytes are none of this form."""
        try:
            return self.decode(data)
        except UNREADABLE:
            return None

    def read_all(self, datas: Iterable[bytes]) -> list[T] | None:
        """The values; None where any of the bytes are none of this form."""
        try:
            return list(map(self.decode, datas))
        except UNREADABLE:
            return None


def are_values(datas: Sequence[bytes]) -> bool:
    """Whether these bytes are a JSON value each, where none of them can begin one that another ends."""
    try:
        return len(_raws_decoder.decode(b"[%b]" % b",".join(datas))) == len(datas)
    except (msgspec.DecodeError, RecursionError):
        return False


class Forms(Generic[T]):
    """Reads many JSON values of one form in one step, each as a `Form` reads it.

    Args:
        form: A `Struct` with `forbid_unknown_fields`, as are all that it holds, in which there is no array.
    """

    def __init__(self, form: type[T]) -> None:
        self._decode = msgspec.json.Decoder(list[tuple[form]]).decode  # type: ignore[valid-type]

    def read(self, values: Sequence[bytes]) -> list[tuple[T]] | None:
        """The values; None where one of them is none of this form."""
        # A line break is in no string, and a bracket in no value of the form: what stands between two values can be part
        # of neither. A value that is more than one makes the rows too many.
        try:
            rows = self._decode(b"[[%b]]" % b"],\n[".join(values))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return rows if len(rows) == len(values) else None


def decode_object(data: bytes) -> dict[str, Any]:
    """Read one JSON object.

    Raises:
        JsonError: as `decode`, or the value is not an object.
    """
    value = decode(data)
    if not isinstance(value, dict):
        raise JsonError(f"expected an object, got {name_of(value)}")
    return value


def encode(value: Any) -> bytes:
    """Write a value as compact UTF-8 JSON on one line."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8 form; the escape that brought it in has.
        plain = msgspec.to_builtins(value)
        return _stdlib.dumps(plain, separators=(",", ":")).encode("ascii")


def encode_lines(values: Sequence[Any]) -> list[bytes]:
    """Write many values, each as `encode` does."""
    try:
        return _encoder.encode_lines(values).split(b"\n")[:-1]
    except UnicodeEncodeError:
        return [encode(value) for value in values]


def encode_sorted(value: Any, *, indent: int | None = None) -> str:
    """Write a value for a reader or a digest: keys in order, indented where asked."""
    separators = (",", ":") if indent is None else (",", ": ")
    return _stdlib.dumps(
        value, sort_keys=True, indent=indent, ensure_ascii=False, separators=separators
    )


def split(data: bytes) -> Members:
    """Read an object's top level only: each member's value stays the bytes that came.

    Raises:
        JsonError: not a JSON object.
    """
    try:
        return _raw_decoder.decode(data.removeprefix(_BOM))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # A lone surrogate stops the fast reader; what `decode` takes must not fail here.
        return {name: raw(value) for name, value in decode_object(data).items()}


def join(members: Members) -> bytes:
    """Write an object from members that are bytes already."""
    try:
        return _encoder.encode(members)
    except UnicodeEncodeError:
        pairs = [encode(name) + b":" + bytes(value) for name, value in members.items()]
        return b"{" + b",".join(pairs) + b"}"


def raw(value: Any) -> msgspec.Raw:
    """Encode a value as a member for `join`."""
    return msgspec.Raw(encode(value))


def name_of(value: object) -> str:
    """The JSON name of a value's type, for messages."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
    return names.get(type(value)) or ("an array" if isinstance(value, list) else "an object")


def _not_too_deep(value: Any, data: bytes) -> Any:
    if _may_be_deep(data) and _deeper_than(value, MAX_DEPTH):
        raise JsonError(f"nested deeper than {MAX_DEPTH} levels")
    return value


def _may_be_deep(data: bytes) -> bool:
    """Whether there are more opening brackets than levels: most values have fewer, and never need the walk."""
    if len(data) <= MAX_DEPTH:
        return False
    if len(data) < _SHORT:
        return data.count(b"[") + data.count(b"{") > MAX_DEPTH
    # Counting looks at every byte; long texts between brackets are better jumped over.
    left = MAX_DEPTH
    for bracket in (b"[", b"{"):
        at = data.find(bracket)
        while at >= 0:
            left -= 1
            if left < 0:
                return True
            at = data.find(bracket, at + 1)
    return False


def _decode_leniently(data: bytes) -> Any:
    try:
        # Given bytes, the standard library would guess UTF-16 and let surrogates through.
        text = data.removeprefix(_BOM).decode()
        refuse = partial(_refuse_constant, text)
        return _stdlib.loads(text, parse_constant=refuse, parse_float=_finite)
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise JsonError(_reason(error)) from None


def _refuse_constant(text: str, name: str) -> NoReturn:
    # All before it was read without complaint, so that it is the first that stands in no string.
    at = next(found.start() for found in _TOLD_APART.finditer(text) if found[0] == name)
    raise JsonError(f"{name} is not JSON at {_place(text, at)}")


def _finite(text: str) -> float:
    """A number; one that is beyond any float would be infinite, and null when it is written again."""
    number = float(text)
    if math.isinf(number):
        raise JsonError("a number is beyond what a float holds")
    return number


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start].decode()
        return f"not UTF-8 at {_place(before, len(before))}"
    if isinstance(error, _stdlib.JSONDecodeError):
        return f"{error.msg} at line {error.lineno} column {error.colno}"
    return str(error)


def _place(text: str, at: int) -> str:
    """Where a character stands, as the standard library says it."""
    return f"line {text.count(_NEWLINE, 0, at) + 1} column {at - text.rfind(_NEWLINE, 0, at)}"


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value] if type(value) in _NESTS else []
    for _ in range(limit):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in _NESTS
        ]
    return bool(level)
