"""Moments as operators write and read them: seconds since 1970, or ISO 8601 in UTC.

Invariant: `read(iso(x))` is x, to the second.
Source: ISO 8601 as RFC 3339 profiles it (read 2026-11-21).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

LAST: Final = 253_402_300_799.0
"""The end of the year 9999, in seconds since 1970."""

_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", re.ASCII)
_MONTH: Final = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)


def read(value: object) -> float | None:
    """Read a moment.

    Args:
        value: A number of seconds since 1970, or a string: such a number, `2026-11-21` (its beginning), or
            `2026-11-21T06:30:00Z`; without a zone it is UTC.

    Returns:
        Seconds since 1970; None where the value is no moment from then until the year 9999.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return _from_iso(value)
    found = float(value)
    return found if 0 <= found <= LAST else None


def month(value: str) -> tuple[float, float] | None:
    """The first moment of a calendar month in UTC, and of the one after it.

    Args:
        value: `2026-11`.

    Returns:
        Seconds since 1970; None where the value is no month from 1970 until the year 9998.
    """
    form = _MONTH.fullmatch(value)
    if form is None or not 1970 <= int(form[1]) <= 9998 or not 1 <= int(form[2]) <= 12:
        return None
    first = datetime(int(form[1]), int(form[2]), 1, tzinfo=UTC)
    following = (first + timedelta(days=31)).replace(day=1)
    return first.timestamp(), following.timestamp()


def iso(moment: float) -> str:
    """A moment as people read it: `2026-11-21T06:30:00Z`."""
    return f"{datetime.fromtimestamp(int(moment), UTC):%Y-%m-%dT%H:%M:%SZ}"


def _from_iso(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    seconds = found.timestamp()
    return seconds if 0 <= seconds <= LAST else None
