"""The nearest of some names to one that was mistyped.

What compares them comes with Python, and is loaded with the first mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from proxy.core.lazy import imported


def nearest(name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """The nearest first; none where none is near.

    Args:
        name: As it was written.
        known: What might have been meant.
        most: How many are wanted.
        cutoff: From 0, everything is near, to 1, only the same is.
    """
    found: list[str] = imported("difflib:get_close_matches")(name, list(known), most, cutoff)
    return found
