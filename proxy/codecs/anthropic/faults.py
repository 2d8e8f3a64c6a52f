"""What Anthropic's failures mean beyond what all providers' have in common.

A spend limit is a quota, whatever status it comes with; an organisation whose retention settings shut it out of a model
lacks permission; a feature that this very model lacks is unsupported, not wrong. All of these another target may serve.

Source: https://platform.claude.com/docs/en/api/errors and .../api/rate-limits (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.plain.unsigned import is_refused
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError

MAX_WAIT: Final = 3600.0
"""Seconds; a bucket of the provider's is never empty for longer."""

_CODES: Final = {
    "contract_spend_limit_reached": Kind.QUOTA,
    "enforced_spend_limit_reached": Kind.QUOTA,
}
_BUCKETS: Final = ("requests", "tokens", "input-tokens", "output-tokens")


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Sentences of a refused request that mean something else than that the request is wrong."""

    kind: Kind
    texts: tuple[str, ...]


_PHRASES: Final = (
    _Phrases(
        Kind.QUOTA, ("credit balance is too low", "specified api usage limits", "spend limit")
    ),
    _Phrases(Kind.PERMISSION, ("data retention", "zero-data-retention", "(zdr)")),
    _Phrases(
        Kind.UNSUPPORTED,
        (
            "not supported on this model",
            "not supported for this model",
            "not supported by this model",
            "model does not support",
        ),
    ),
)
_REFUSED: Final = frozenset({Kind.INVALID_REQUEST, Kind.RATE_LIMIT, Kind.QUOTA})
"""Kinds that a sentence may change."""
_OF_THINKING: Final = (("signature", "thinking"), ("thinking", "cannot be modified"))
"""What a refusal of thinking that came back says, each in all of these words."""


def is_of_thinking(failure: ProxyError) -> bool:
    """Whether thinking that came back was refused: it is another account's or model's, or what stands before it was changed."""
    return any(is_refused(failure, *words) for words in _OF_THINKING)


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    error = faults.fault(status, headers, body)
    if error.kind is Kind.RATE_LIMIT and error.retry_after is None:
        error.retry_after = _until_refilled(headers)
    return _sharpened(error, _read(body))


def event_fault(value: Any) -> ProxyError | None:
    """Name the failure that a JSON value inside a 200 is; None where it is no error."""
    error = faults.event_fault(value)
    return _sharpened(error, value) if error else None


def _sharpened(error: ProxyError, value: Any) -> ProxyError:
    """The failure with the meaning that this provider's own words give it."""
    code = _detail_of(value)
    if code is not None:
        error.code = error.code or code
    text = error.message.lower()
    if code in _CODES:
        error.kind = _CODES[code]
    elif error.kind in _REFUSED:
        told = (row.kind for row in _PHRASES if any(phrase in text for phrase in row.texts))
        error.kind = next(told, error.kind)
    return error


def _detail_of(value: Any) -> str | None:
    """`error.details.error_code`."""
    for name in ("error", "details", "error_code"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _read(body: bytes) -> Any:
    try:
        return jsons.decode(body)
    except jsons.JsonError:
        return None


def _until_refilled(headers: Mapping[str, str]) -> float | None:
    """Seconds until the last empty bucket is refilled; None where no bucket is said to be empty."""
    try:
        now = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, OverflowError):
        return None
    waits = [
        wait
        for bucket in _BUCKETS
        if headers.get(f"anthropic-ratelimit-{bucket}-remaining") == "0"
        and (wait := _until(headers.get(f"anthropic-ratelimit-{bucket}-reset", ""), now))
        is not None
    ]
    return max(waits, default=None)


def _until(text: str, now: datetime) -> float | None:
    try:
        wait = (datetime.fromisoformat(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, 0.0), MAX_WAIT)
