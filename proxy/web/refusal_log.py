"""Around an endpoint that may refuse a call before anybody serves it: writes the refusal down, since nobody else does.

Invariant: a call that somebody has begun to serve is never written down here; whoever serves it answers its failures.
"""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.web.books import Books
from proxy.web.refusal import refusal_of


class RefusalLog:
    """An ASGI layer.

    Args:
        app: What is inside.
        surface: The inbound API whose calls come here.
        books: Where they are written down.
    """

    def __init__(self, app: ASGIApp, surface: str, books: Books) -> None:
        self._app: Final = app
        self._surface = surface
        self._books = books

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call.

        Raises:
            ProxyError: as what is inside.
        """
        try:
            await self._app(scope, receive, send)
        except ProxyError as error:
            left = error.kind is Kind.CANCELLED
            self._books.turned_away(scope, self._surface, None if left else refusal_of(error))
            raise
