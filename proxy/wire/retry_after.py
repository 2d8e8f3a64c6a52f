"""How long a server asks to wait, from the headers that say it.

Invariant: never raises and never gives a negative, infinite or undefined number, whatever the headers hold.
Source: RFC 9110 section 10.2.3; `retry-after-ms` as OpenAI and Azure send it,
https://platform.openai.com/docs/guides/rate-limits (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

MAX_WAIT: Final = 30 * 24 * 3600.0
"""Seconds; who asks for more is taken to mean this."""

_NUMBER: Final = re.compile(r"[0-9]{1,32}(\.[0-9]{0,32})?")
_MAX_DATE: Final = 64


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait from `now`, or None where the headers do not say or make no sense.

    Args:
        headers: Names in lower case.
        now: Seconds since 1970; a date is counted from here, and one that has passed gives 0.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return min(milliseconds / 1000, MAX_WAIT)
    text = headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is None:
        seconds = _until(text, now)
    return None if seconds is None else min(seconds, MAX_WAIT)


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _until(text: str, now: float) -> float | None:
    """Seconds to an HTTP date in any of its three old forms."""
    if len(text) > _MAX_DATE:
        return None
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return max(0.0, date.timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
