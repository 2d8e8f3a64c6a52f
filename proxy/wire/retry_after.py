"""How long a server asks to wait: from the headers that say it, from when its limits are filled again, or in words.

Invariant: never raises and never gives a negative, infinite or undefined number, whatever the headers hold.
Source: RFC 9110 section 10.2.3; `retry-after-ms` as OpenAI and Azure send it,
https://platform.openai.com/docs/guides/rate-limits (read 2026-11-20); `x-ratelimit-reset`, https://console.groq.com/docs/rate-limits,
https://inference-docs.cerebras.ai/support/rate-limits, https://openrouter.ai/docs/api-reference/limits.
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

_RESET: Final = "x-ratelimit-reset"
_REMAINING: Final = "x-ratelimit-remaining"
_EPOCH: Final = 1e9
"""Seconds since 1970 are more than this, and no wait is."""
_EPOCH_MS: Final = 1e12
_UNITS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PIECE: Final = re.compile(
    r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?(ms|milliseconds?|d|days?|h|hours?|m|min(?:ute)?s?|s|sec(?:ond)?s?)(?![a-z])",
)
_PIECES: Final = re.compile(rf"(?:{_PIECE.pattern.replace('(?![a-z])', '')} ?(?:and )?)+(?![a-z])")
_WORDS: Final = re.compile(
    r"\b(?:try again|retry|wait) (?:in |after |for )?(?:about |approximately )?"
)


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


def until_filled(headers: Mapping[str, str], now: float | None) -> float | None:
    """Seconds until the limits that are used up are filled again; None where the headers do not say.

    Args:
        headers: Names in lower case.
        now: Seconds since 1970; None where that is not known, and then no date counts.
    """
    waits = [
        wait
        for name, text in headers.items()
        if name.startswith(_RESET) and _is_used_up(headers, name.removeprefix(_RESET))
        for wait in (_to_reset(text.strip(), now),)
        if wait is not None
    ]
    return min(max(waits), MAX_WAIT) if waits else None


def in_words(text: str) -> float | None:
    """Seconds that a sentence asks to wait: "Please try again in 1m2.5s."; None where it asks for nothing."""
    said = text.lower()
    for asked in _WORDS.finditer(said):
        found = _PIECES.match(said, asked.end())
        if found:
            return min(_sum(found[0]), MAX_WAIT)
    return None


def _is_used_up(headers: Mapping[str, str], limit: str) -> bool:
    return _number(headers.get(_REMAINING + limit, "")) == 0


def _to_reset(text: str, now: float | None) -> float | None:
    """A wait as `1m2.5s` or as a number of seconds, or until a time in seconds or milliseconds since 1970."""
    number = _number(text)
    if number is None:
        return _sum(text) if _PIECES.fullmatch(text) else None
    if number < _EPOCH:
        return number
    if now is None:
        return None
    return max(0.0, (number / 1000 if number >= _EPOCH_MS else number) - now)


def _sum(text: str) -> float:
    return sum(float(piece[1]) * _UNITS[_unit(piece[2])] for piece in _PIECE.finditer(text))


def _unit(word: str) -> str:
    return "ms" if word.startswith(("ms", "mil")) else word[0]


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
