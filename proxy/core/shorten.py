"""A JSON value with its long texts cut, wherever it is shown to somebody who need not read all of it."""

from __future__ import annotations

from typing import Any


def shortened(value: Any, most: int) -> Any:
    """The same with every text cut that has more characters than `most`; names of members stay."""
    if isinstance(value, dict):
        return {name: shortened(each, most) for name, each in value.items()}
    if isinstance(value, list):
        return [shortened(each, most) for each in value]
    is_long = isinstance(value, str) and len(value) > most
    return value[:most] + "…" if is_long else value
