"""What Google's failures mean beyond what all providers' have in common.

A refused key is told as a bad request, a day's quota as a rate limit, and how long to wait in the details of the body
rather than in a header.

Source: https://ai.google.dev/gemini-api/docs/troubleshooting and https://cloud.google.com/apis/design/errors
(read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxy.codecs import faults
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.wire.retry_after import MAX_WAIT

_REASONS: Final = {
    **dict.fromkeys(
        (
            "API_KEY_INVALID", "API_KEY_EXPIRED", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_TYPE_UNSUPPORTED",
            "CREDENTIALS_MISSING", "ACCOUNT_STATE_INVALID",
        ),
        Kind.AUTH,
    ),
    **dict.fromkeys(
        (
            "SERVICE_DISABLED", "IAM_PERMISSION_DENIED", "CONSUMER_INVALID", "CONSUMER_SUSPENDED",
            "API_KEY_SERVICE_BLOCKED", "API_KEY_HTTP_REFERRER_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "LOCATION_POLICY_VIOLATED",
        ),
        Kind.PERMISSION,
    ),
    "BILLING_DISABLED": Kind.QUOTA,
}  # fmt: skip
"""`ErrorInfo.reason`."""

_SENTENCES: Final = (
    ("user location is not supported", Kind.PERMISSION),
    ("please enable billing", Kind.QUOTA),
    ("api key was reported as leaked", Kind.AUTH),
    ("but model only supports up to", Kind.CONTEXT_LENGTH),
    ("payload size exceeds the limit", Kind.TOO_LARGE),
    ("is not enabled for models/", Kind.UNSUPPORTED),
    ("is not enabled for this model", Kind.UNSUPPORTED),
)
_DELAY: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s")
_IN_WORDS: Final = re.compile(r"retry in ([0-9]{1,9}(?:\.[0-9]{1,9})?)s")


def fault(status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
    """Name the failure that a response is.

    Args:
        status: The HTTP status.
        headers: Names in lower case.
        body: Any bytes at all.
    """
    return _sharpened(faults.fault(status, headers, body), _read(body))


def event_fault(value: Any) -> ProxyError | None:
    """Name the failure that a JSON value inside a 200 is; None where it is no error."""
    error = faults.event_fault(value)
    return _sharpened(error, value) if error else None


def _sharpened(error: ProxyError, value: Any) -> ProxyError:
    """The failure with the meaning that Google's own details give it."""
    text = error.message.lower()
    for sentence, kind in _SENTENCES:
        if sentence in text:
            error.kind = kind
    for detail in _details(value):
        error.kind = _REASONS.get(str(detail.get("reason")), error.kind)
        if error.kind is Kind.RATE_LIMIT and _by_day(detail):
            error.kind = Kind.QUOTA
        if error.retry_after is None:
            error.retry_after = _seconds(_DELAY.fullmatch(str(detail.get("retryDelay"))))
    if error.retry_after is None:
        error.retry_after = _seconds(_IN_WORDS.search(text))
    return error


def _details(value: Any) -> Iterator[Json]:
    if isinstance(value, list) and value:
        value = value[0]
    error = value.get("error") if isinstance(value, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            yield detail


def _by_day(detail: Json) -> bool:
    """Whether a `QuotaFailure` is of a quota that is filled again only tomorrow."""
    violations = detail.get("violations")
    return isinstance(violations, list) and any(
        "PerDay" in str(violation.get("quotaId"))
        for violation in violations
        if isinstance(violation, dict)
    )


def _seconds(found: re.Match[str] | None) -> float | None:
    return min(float(found[1]), MAX_WAIT) if found else None


def _read(body: bytes) -> Any:
    try:
        return jsons.decode(body)
    except jsons.JsonError:
        return None
