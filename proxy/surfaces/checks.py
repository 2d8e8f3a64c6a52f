"""The JSON types that a field of a request may have to be: each check complains in the words of `complaint.py`.

Source: RFC 8259.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from proxy.core.shape import Json
from proxy.surfaces.complaint import invalid, missing, wrong_type

Check: TypeAlias = Callable[[object, str], None]
"""Raises INVALID_REQUEST where the value, found at the path, is not what the field takes."""


def a_string(value: object, path: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)


def a_model(value: object, path: str) -> None:
    """A name. Libraries take a list there, which has a field of its own here."""
    if isinstance(value, list):
        error = wrong_type(path, "a string", value)
        said = f"{error.message} A list, to be tried in its order, goes into 'models'."
        raise invalid(said, path, error.code)
    a_string(value, path)


def an_object(value: object, path: str) -> None:
    """An object."""
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)


def an_array(value: object, path: str) -> None:
    """An array of anything."""
    if not isinstance(value, list):
        raise wrong_type(path, "an array", value)


def a_boolean(value: object, path: str) -> None:
    """A boolean."""
    if not isinstance(value, bool):
        raise wrong_type(path, "a boolean", value)


def a_number(value: object, path: str) -> None:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(path, "a number", value)


def an_integer(value: object, path: str) -> None:
    """An integer."""
    a_number(value, path)
    if isinstance(value, float):
        message = f"Invalid type for '{path}': expected an integer, but got a decimal number."
        raise invalid(message, path, "invalid_type")


def needed_string(members: Json, name: str, path: str) -> str:
    """A member of the object at `path` that must be there, and must be a string.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    value = members.get(name)
    if value is None:
        raise missing(f"{path}.{name}")
    a_string(value, f"{path}.{name}")
    return str(value)


def check_fields(value: Mapping[str, object], fields: Mapping[str, Check], path: str = "") -> None:
    """Check the members of an object that are there and are not null.

    Args:
        value: The object.
        fields: The check of each member that has one.
        path: What stands before a member's name in a complaint: empty, or a path that ends in a dot.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    for name, check in fields.items():
        if value.get(name) is not None:
            check(value[name], f"{path}{name}")
