"""Sends a whole answer over raw ASGI."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.types import Scope, Send

from proxy.core import jsons
from proxy.web.dialect import is_anthropic
from proxy.web.refusal import Refusal
from proxy.web.request_id import request_id_of

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


async def refuse(send: Send, refusal: Refusal, scope: Scope) -> None:
    """Send a refusal, in the error shape that the caller reads."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in refusal.headers]
    body = refusal.body(request_id_of(scope), anthropic=is_anthropic(scope))
    await answer(send, refusal.status, body, (JSON_TYPE, *headers))
