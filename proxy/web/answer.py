"""Sends a whole answer over raw ASGI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.types import Send

from proxy.core import jsons
from proxy.web.refusal import Refusal

JSON_TYPE = (b"content-type", b"application/json")


async def answer(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Send a head and a body.

    Args:
        send: The ASGI call's.
        status: HTTP status.
        body: All of it; a server leaves it out by itself where the method was HEAD.
        headers: Further headers, names in lower case; `content-length` is added, but to a 204, which may not have it.
    """
    head = list(headers)
    if status != 204:
        head.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: int, value: Any) -> None:
    """Send a JSON value."""
    await answer(send, status, jsons.encode(value), (JSON_TYPE,))


async def refuse(send: Send, refusal: Refusal, request_id: str) -> None:
    """Send a refusal."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in refusal.headers]
    await answer(send, refusal.status, refusal.body(request_id), (JSON_TYPE, *headers))
