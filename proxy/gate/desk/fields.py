"""The fields of a body that makes or changes something: each is read by one small function, and complained of by name.

Invariant: pure; what is read is whole or refused, and a field that nobody knows is never passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from proxy.core.nearest import nearest
from proxy.core.shape import Json
from proxy.gate.desk import moments
from proxy.store.records import MOST
from proxy.surfaces.checks import a_boolean, a_number, a_string, an_array, an_integer, an_object
from proxy.surfaces.complaint import invalid, missing, not_one_of, wrong_type, wrong_value

Reader: TypeAlias = Callable[[object, str], Any]
"""Reads a value that is not null, found at the path; raises INVALID_REQUEST."""

MOST_TEXT: Final = 256
"""Characters of a name."""
MOST_NAMES: Final = 500
"""Entries of a list of names."""
MOST_METADATA: Final = 16 * 1024
"""Characters of an object that callers keep with something, written as JSON."""
MICROS: Final = Decimal(1_000_000)

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Field:
    """One field."""

    attribute: str
    """What it is in the record."""
    read: Reader
    empty: Any = ""
    """What null stands for: in a change it takes back what was there."""


Form: TypeAlias = Mapping[str, Field]
"""Fields by the names that callers use."""


def read_form(body: Json, form: Form, required: Collection[str] = ()) -> dict[str, Any]:
    """Read a body.

    Args:
        body: What came.
        form: The fields that it may have.
        required: Names of those that it must have, and not as null.

    Returns:
        Values by attribute, of the fields that came.

    Raises:
        ProxyError: INVALID_REQUEST, for the first field that is wrong, missing or unknown.
    """
    for name in required:
        if body.get(name) is None:
            raise missing(name)
    values = {}
    for name, value in body.items():
        field = form.get(name)
        if field is None:
            raise unknown(name, form)
        values[field.attribute] = field.empty if value is None else field.read(value, name)
    return values


def unknown(name: str, known: Collection[str]) -> Exception:
    """The complaint of a field that is none of those known."""
    near = nearest(name, known)
    hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}."
    return invalid(f"Unknown parameter: '{name[:64]}'; {hint}", name[:64], "unknown_parameter")


def text(value: object, path: str) -> str:
    """A short text of printable characters."""
    a_string(value, path)
    found = str(value).strip()
    if len(found) > MOST_TEXT or not found.isprintable():
        said = f"expected at most {MOST_TEXT} printable characters on one line."
        raise wrong_value(path, said)
    return found


def identifier(value: object, path: str) -> str:
    """An id of the operator's choice: it stands in paths, headers and reports."""
    a_string(value, path)
    if not _IDENTIFIER.fullmatch(str(value)):
        raise wrong_value(
            path,
            "expected 1 to 64 letters, digits, '.', '_' and '-', the first a letter or a digit.",
        )
    return str(value)


def names(value: object, path: str) -> tuple[str, ...]:
    """A list of names, each once."""
    an_array(value, path)
    assert isinstance(value, list)
    if len(value) > MOST_NAMES:
        raise wrong_value(path, f"expected at most {MOST_NAMES} entries, but got {len(value)}.")
    for place, name in enumerate(value):
        here = f"{path}[{place}]"
        if not text(name, here):
            raise wrong_value(here, "got an empty string.")
    return tuple(dict.fromkeys(map(str.strip, value)))


def flag(value: object, path: str) -> bool:
    """Yes or no."""
    a_boolean(value, path)
    return bool(value)


def count(least: int = 1, most: int = MOST) -> Reader:
    """Reads a whole number."""

    def read(value: object, path: str) -> int:
        an_integer(value, path)
        assert isinstance(value, int)
        if not least <= value <= most:
            raise wrong_value(path, f"expected {least} to {most}, but got {value}.")
        return value

    return read


def word(kind: type[Word], *allowed: Word) -> Reader:
    """Reads one of a few words; all of the kind, where none are named."""
    known = {each.value: each for each in (allowed or tuple(kind))}

    def read(value: object, path: str) -> Word:
        a_string(value, path)
        if value not in known:
            raise not_one_of(path, str(value), known)
        return known[str(value)]

    return read


def dollars(value: object, path: str) -> int:
    """An amount in US dollars, as millionths of one; what is finer is rounded up."""
    a_number(value, path)
    assert isinstance(value, int | float)
    if not (math.isfinite(value) and 0 <= value <= MOST // 1_000_000):
        raise wrong_value(path, "expected US dollars, at least 0.")
    return int((Decimal(str(value)) * MICROS).to_integral_value(ROUND_CEILING))


def moment(value: object, path: str) -> float:
    """A moment, in seconds since 1970."""
    found = moments.read(value)
    if found is not None:
        return found
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type(path, "seconds since 1970 or a string like '2026-12-31T00:00:00Z'", value)
    raise wrong_value(path, "expected seconds since 1970 or a date like '2026-12-31T00:00:00Z'.")


def metadata(value: object, path: str) -> Json:
    """An object that the caller wants kept."""
    an_object(value, path)
    assert isinstance(value, dict)
    if len(str(value)) > MOST_METADATA:
        raise wrong_value(path, f"expected at most {MOST_METADATA} characters.")
    return value
