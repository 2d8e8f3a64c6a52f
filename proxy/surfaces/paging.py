"""Lists that are read in pages: how many a page has, and where it begins."""

from __future__ import annotations

from collections.abc import Sequence

from proxy.surfaces.complaint import invalid


def limit_of(asked: str | None, usual: int, most: int) -> int:
    """How many a page has.

    Raises:
        ProxyError: INVALID_REQUEST where what was asked is no number from 1 to `most`.
    """
    if asked is None:
        return usual
    is_number = asked.isascii() and asked.isdigit() and len(asked) <= len(str(most))
    limit = int(asked) if is_number else 0
    if not 1 <= limit <= most:
        raise invalid(f"limit must be a number from 1 to {most}.", "limit", "invalid_value")
    return limit


def place_of(ids: Sequence[str], id: str, param: str) -> int:  # noqa: A002 (the APIs' own word)
    """Where an id stands.

    Raises:
        ProxyError: INVALID_REQUEST where it is not listed.
    """
    try:
        return ids.index(id)
    except ValueError:
        message = f"{param} must be the id of something that this list has."
        raise invalid(message, param, "invalid_value") from None
