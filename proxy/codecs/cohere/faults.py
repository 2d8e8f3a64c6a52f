"""What Cohere's failures mean beyond what all providers' have in common.

The body is `{"message": "text", "id"?, "error_type"?}`. A token that is blocked has a status of its own, the calls of a
trial key are counted by the month, and too many tokens may be said of the prompt or of the limit on the answer.

Source: https://docs.cohere.com/reference/errors (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Any, Final

from proxy.codecs import fault_body, faults
from proxy.codecs.fault_body import Said
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

MAX_WAIT: Final = 3600.0
"""Seconds; a limit by the minute is never in force for longer."""

_STATUSES: Final = {498: Kind.AUTH, 501: Kind.UNSUPPORTED}
_FINISHES: Final = {"ERROR": Kind.SERVER_ERROR, "TIMEOUT": Kind.UPSTREAM_TIMEOUT}
_MONTHLY: Final = "/ month"
_LIMIT: Final = "max tokens must be"
_RESET: Final = "x-ratelimit-reset"


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    error = faults.fault(status, headers, body)
    error.kind = _STATUSES.get(status, error.kind)
    error.code = error.code or _error_type(body)
    if error.kind is Kind.RATE_LIMIT:
        if _MONTHLY in error.message.lower():
            error.kind = Kind.QUOTA
        elif error.retry_after is None:
            error.retry_after = _until_reset(headers)
    return _sharpened(error)


def event_fault(value: Json) -> ProxyError | None:
    """Name the failure that an object inside a 200 is; None where it is none, or a part of an answer."""
    message = value.get("message")
    if isinstance(message, dict):
        return None
    if value.get("type", "error") != "error" and not value.get("error"):
        return None
    if isinstance(message, str):
        return _sharpened(faults.error_event(jsons.encode(value)))
    return faults.event_fault(value)


def end_fault(finish: Any, error: Any, error_type: Any) -> ProxyError | None:
    """Name the failure that an answer ended with; None where it ended well.

    Args:
        finish: Its `finish_reason`.
        error: Its `error`, a sentence.
        error_type: The provider's word for the error.
    """
    kind = _FINISHES.get(finish) if isinstance(finish, str) else None
    if kind is None and not error:
        return None
    sentence = error if isinstance(error, str) and error else f"the answer ended with {finish}"
    said = Said(
        fault_body.clean(sentence), type=error_type if isinstance(error_type, str) else None
    )
    failure = _sharpened(faults.from_said(said))
    if kind is Kind.UPSTREAM_TIMEOUT:
        failure.kind = kind
    return failure


def _sharpened(error: ProxyError) -> ProxyError:
    if error.kind is Kind.CONTEXT_LENGTH and _LIMIT in error.message.lower():
        error.kind, error.param = Kind.INVALID_REQUEST, "max_tokens"
    return error


def _error_type(body: bytes) -> str | None:
    try:
        word = jsons.decode_object(body).get("error_type")
    except jsons.JsonError:
        return None
    return fault_body.clean(word) if isinstance(word, str) else None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the limit is lifted, by the response's own clock; None where either is not said."""
    try:
        now = parsedate_to_datetime(headers["date"]).timestamp()
        wait = float(headers[_RESET]) - now
    except (KeyError, ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), MAX_WAIT) if isfinite(wait) else None
