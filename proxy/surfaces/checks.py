"""The JSON types that a field of a request may have to be: each check complains in the words of `complaint.py`.

Source: RFC 8259.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from proxy.surfaces.complaint import invalid, wrong_type

Check: TypeAlias = Callable[[object, str], None]
"""Raises INVALID_REQUEST where the value, found at the path, is not what the field takes."""


def a_string(value: object, path: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)


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
