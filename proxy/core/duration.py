"""Durations as people write them: `250ms`, `3s`, `10m`, `1h`, or a bare number of seconds."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_FORM: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,9})?)(ms|s|m|h)?", re.ASCII)


def seconds(value: object) -> float | None:
    """Read a duration that is not negative.

    Args:
        value: A number of seconds, or a string with or without a unit.

    Returns:
        Seconds; None where the value is no duration, so that the caller can say where it stood.
    """
    if isinstance(value, str):
        form = _FORM.fullmatch(value.strip())
        return float(form[1]) * _UNITS[form[2] or "s"] if form else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e12 else None
