"""Answers callers of HTTP/1.0, who know no chunks: what has no length of its own ends where the connection ends.

uvicorn frames in chunks whatever has no `content-length`, for every caller. It lets itself be told that an answer has a
length; here it is told one with each piece, which is the piece's.

Source: RFC 9112 sections 6.1 (no transfer codings for HTTP/1.0) and 6.3 (a body until the close); read 2026-11-21.
uvicorn 0.54.
"""

from __future__ import annotations

from uvicorn._types import (
    ASGI3Application,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    Scope,
)
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


class Unframed:
    """An application whose answers carry no chunks.

    Args:
        app: What answers.
        cycle: The call that it answers, whose connection ends with it.
    """

    def __init__(self, app: ASGI3Application, cycle: RequestResponseCycle) -> None:
        self._app = app
        self._cycle = cycle
        self._measured = False

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, _send: ASGISendCallable
    ) -> None:
        """Serve the one call."""
        await self._app(scope, receive, self._send)

    async def _send(self, message: ASGISendEvent) -> None:
        cycle = self._cycle
        if message["type"] == "http.response.start":
            names = (name.lower() for name, _ in message.get("headers", ()))
            self._measured = b"content-length" in names
            if not self._measured:
                cycle.chunked_encoding = False
        elif message["type"] == "http.response.body" and not self._measured:
            cycle.expected_content_length = len(message.get("body", b""))
        await cycle.send(message)
