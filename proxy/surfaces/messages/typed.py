"""Reads one value of a Messages body as the JSON type that its place wants.

Each function gives the value back, typed, and complains in the words of `complaint.py` where it is another.
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json
from proxy.surfaces.messages.complaint import missing, wrong_type


def string(value: object, path: str) -> str:
    """A string.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, str):
        raise wrong_type(path, "a valid string")
    return value


def mapping(value: object, path: str) -> Json:
    """An object.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, dict):
        raise wrong_type(path, "a valid dictionary")
    return value


def array(value: object, path: str) -> list[Any]:
    """An array of anything.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, list):
        raise wrong_type(path, "a valid list")
    return value


def boolean(value: object, path: str) -> bool:
    """A boolean.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, bool):
        raise wrong_type(path, "a valid boolean")
    return value


def number(value: object, path: str) -> float:
    """A number.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(path, "a valid number")
    return value


def integer(value: object, path: str) -> int:
    """An integer.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(path, "a valid integer")
    return value


def member(holder: Json, name: str, path: str) -> Any:
    """A member that must be there.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    value = holder.get(name)
    if value is None:
        raise missing(f"{path}.{name}")
    return value


def text(holder: Json, name: str, path: str) -> str:
    """A member that must be there and a string.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    return string(member(holder, name, path), f"{path}.{name}")
