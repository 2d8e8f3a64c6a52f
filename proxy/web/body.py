"""Reads a request body, and never more of it than is allowed."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive

from proxy.core.errors import Kind, ProxyError


def _free(_size: int) -> None:
    """Where nobody counts."""


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
            raise ProxyError(Kind.TOO_LARGE, f"A request body may have {limit} bytes.")
        take(len(piece))
        pieces.append(piece)
        if not message.get("more_body", False):
            return piece if len(pieces) == 1 else b"".join(pieces)
