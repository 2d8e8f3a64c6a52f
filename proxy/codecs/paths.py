"""A model's name as a part of an address, where a protocol has it there.

A name may come from a caller, and HTTP clients resolve dot segments: unchecked, `../../x` would leave the base URL and
take the provider's key to another address of its host.

Invariant: what `in_path` gives stays below the path that it is put under.
Source: RFC 3986, section 5.2.4.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from proxy.core.errors import Kind, ProxyError

_MOVES: Final = frozenset({"", ".", ".."})
"""Segments that name no place of their own."""


def in_path(name: str, *, safe: str = "") -> str:
    """The name, percent-encoded.

    Args:
        name: As it was asked for or configured; slashes part its segments, also where they are encoded.
        safe: Characters beside letters, digits and `_.-~` that stay as they are.

    Raises:
        ProxyError: INVALID_REQUEST where a segment is empty, `.` or `..`, or holds half a character.
    """
    if not _MOVES.isdisjoint(name.split("/")):
        raise ProxyError(
            Kind.INVALID_REQUEST,
            "This provider has the model's name in its address: no part of it may be empty, '.' or '..'.",
            param="model",
        )
    try:
        return quote(name, safe=safe)
    except UnicodeEncodeError:
        # JSON has escapes for lone surrogates, and UTF-8 has no form for them.
        raise ProxyError(
            Kind.INVALID_REQUEST,
            "This provider has the model's name in its address: it may not hold half of a surrogate pair.",
            param="model",
        ) from None
