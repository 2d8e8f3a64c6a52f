"""Refusals of a chat request, each with the path of the field at fault, and the reads that make them.

Invariant: a message names the place, what was expected and what came; never a value that may be private.
"""

from __future__ import annotations

from typing import Any

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json


def invalid(message: str, param: str) -> ProxyError:
    """The chat request is wrong in itself."""
    return ProxyError(Kind.INVALID_REQUEST, message, param=param, code="invalid_value")


def unsupported(message: str, param: str) -> ProxyError:
    """The chat request is right, but has no form for this target."""
    return ProxyError(Kind.UNSUPPORTED, message, param=param, code="unsupported_value")


def wrong_type(param: str, expected: str, value: object) -> ProxyError:
    """A field holds another JSON type than `expected`, which reads like "a string"."""
    came = jsons.name_of(value)
    return invalid(f"Invalid type for '{param}': expected {expected}, but got {came}.", param)


def a_string(value: Any, path: str) -> str:
    """The value as a string.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, str):
        raise wrong_type(path, "a string", value)
    return value


def an_object(value: Any, path: str) -> Json:
    """The value as an object.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, dict):
        raise wrong_type(path, "an object", value)
    return value


def an_array(value: Any, path: str) -> list[Any]:
    """The value as an array.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, list):
        raise wrong_type(path, "an array", value)
    return value


def a_number(value: Any, path: str) -> float:
    """The value as a number; an integer stays one.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(path, "a number", value)
    return value
