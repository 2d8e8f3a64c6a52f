"""Failures in the shape of Anthropic's errors, with what its own shape has no place for as further members.

The type follows the status, which is how its clients read it; a provider's own type is kept where it is one of them and
the request is at fault.

Source: https://platform.claude.com/docs/en/api/errors (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.surfaces.failure import (
    attempts_of,
    code_of,
    headers_of,
    is_the_callers,
    message_of,
    status_of,
)
from proxy.surfaces.messages.complaint import UNTHREADED
from proxy.surfaces.surface import ErrorAnswer

OVERLOADED: Final = 529
"""Anthropic's own status for a provider that is overloaded; its clients know it."""

_INVALID: Final = "invalid_request_error"
_FAILED: Final = "api_error"
_TYPES: Final = {
    400: _INVALID,
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: _FAILED,
    503: "overloaded_error",
    504: "timeout_error",
    OVERLOADED: "overloaded_error",
}
"""By status; another is the caller's below 500 and ours from there."""
_KNOWN: Final = frozenset(_TYPES.values())
_BUSY: Final = frozenset({Kind.OVERLOADED, Kind.CIRCUIT_OPEN})


def type_of(status: int) -> str:
    """The `type` of an error of this status."""
    return _TYPES.get(status, _INVALID if status < 500 else _FAILED)


def error_answer(error: ProxyError, request_id: str) -> ErrorAnswer:
    """An error before the first byte: status, headers and body."""
    # That `request-id` says whose it is, the envelope sees to on every answer.
    return ErrorAnswer(_status(error), headers_of(error), error_body(error, request_id))


def error_body(error: ProxyError, request_id: str) -> bytes:
    """The error on one line, the same before the first byte and after it."""
    said: Json = {"type": _type(error), "message": message_of(error)}
    code = code_of(error)
    if code is not None:
        said["code"] = code
    if code == UNTHREADED:
        said["details"] = {"error_code": code, "unsupported": [error.param]}
    if error.attempts:
        said["attempts"] = attempts_of(error)
    return jsons.encode({"type": "error", "error": said, "request_id": request_id})


def _status(error: ProxyError) -> int:
    return OVERLOADED if error.kind in _BUSY else status_of(error)


def _type(error: ProxyError) -> str:
    if is_the_callers(error) and error.type in _KNOWN:
        return str(error.type)
    return type_of(_status(error))
