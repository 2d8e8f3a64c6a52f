"""Reads a request body, and never more of it than is allowed."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive

from proxy.core.errors import Kind, ProxyError
from proxy.web.peer import Wire


def _free(_size: int) -> None:
    """Where nobody counts."""


def is_own(receive: Receive, wire: Wire | None) -> bool:
    """Whether a call's `receive` is the wire's own, and nobody has put another in its place."""
    own: object = getattr(receive, "__self__", None)
    return wire is not None and own is wire


def taken_body(receive: Receive, wire: Wire | None, limit: int) -> bytes | None:
    """All of a body, if it is here already and nobody stands between it and us.

    Args:
        receive: The ASGI call's; where it is not the wire's own, whoever put it there has other words to say.
        wire: The scope's.
        limit: Bytes that the body may have.

    Raises:
        ProxyError: TOO_LARGE.
    """
    if wire is None or not is_own(receive, wire):
        return None
    body = wire.taken()
    if body is not None and len(body) > limit:
        raise _too_large(limit)
    return body


async def read_body(receive: Receive, limit: int, take: Callable[[int], None] = _free) -> bytes:
    """Read all of a body.

    Args:
        receive: The ASGI call's.
        limit: Bytes that the body may have.
        take: Told the bytes of each piece before it is kept; may refuse it.

    Raises:
        ProxyError: TOO_LARGE as soon as more than `limit` bytes came, and they are dropped;
            CANCELLED where the caller left before the end; what `take` raises.
    """
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ProxyError(Kind.CANCELLED, "the caller left before the end of the body")
        piece: bytes = message.get("body", b"")
        size += len(piece)
        if size > limit:
            raise _too_large(limit)
        take(len(piece))
        pieces.append(piece)
        if not message.get("more_body", False):
            return piece if len(pieces) == 1 else b"".join(pieces)


def _too_large(limit: int) -> ProxyError:
    return ProxyError(Kind.TOO_LARGE, f"A request body may have {limit} bytes.")
