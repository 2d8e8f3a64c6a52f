"""What a caller is told about a body that is not as the API has it: OpenAI's codes, and a path to the place.

Source: https://platform.openai.com/docs/guides/error-codes (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError


def invalid(message: str, param: str | None = None, code: str | None = None) -> ProxyError:
    """Any complaint."""
    return ProxyError(Kind.INVALID_REQUEST, message, param=param, code=code)


def missing(param: str) -> ProxyError:
    """A field that must be there is not."""
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def wrong_type(param: str, expected: str, value: object) -> ProxyError:
    """A field holds another JSON type than `expected`, which reads like "a string"."""
    came = jsons.name_of(value)
    message = f"Invalid type for '{param}': expected {expected}, but got {came} instead."
    return invalid(message, param, "invalid_type")


def wrong_value(param: str, said: str) -> ProxyError:
    """A field holds the right type and a wrong value; `said` goes on after the name of the field."""
    return invalid(f"Invalid '{param}': {said}", param, "invalid_value")


def not_one_of(param: str, value: str, known: Iterable[str]) -> ProxyError:
    """A field holds a word that is not among those known."""
    names = ", ".join(f"'{name}'" for name in known)
    return wrong_value(param, f"got '{value[:64]}'. Supported values are: {names}.")
