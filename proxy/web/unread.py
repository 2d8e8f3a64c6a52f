"""A request that is refused before all of it was read: what is known of it, as a scope.

Invariant: its method, path and headers are its own, or empty; never those of the request before it on a connection.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

from starlette.types import Scope

from proxy.web import head

REFUSED: Final = "firstbyte.refused"
"""Where the scope of a call has the `Refusal` that its connection said to it while it was served."""


class Reading(Protocol):
    """What a connection knows of the head that it reads."""

    parser: Any
    """The parser; None where no byte has come to it."""
    url: bytes
    headers: list[tuple[bytes, bytes]]


def scope_of(reading: Reading, *, has_begun: bool) -> Scope:
    """Of a head that did not come to its end.

    Args:
        reading: The connection.
        has_begun: Whether anything of this head was read; else what stands there is of the last one.
    """
    target, headers = (reading.url, reading.headers) if has_begun else (b"", [])
    scope: Scope = {"type": "http", "headers": headers}
    head.aim(scope, reading.parser.get_method() if target else b"", target)
    return scope
