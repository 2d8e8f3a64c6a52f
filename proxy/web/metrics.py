"""`GET /metrics`: what Prometheus scrapes.

It asks for no credential, because scrapers have none, and stands on the ops listener alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol

from starlette.types import Receive, Scope, Send

from proxy.web.answer import answer


class Numbers(Protocol):
    """Who has the numbers."""

    async def prepare(self) -> None:
        """Get ready to tell them, once or again."""
        ...

    def expose(self, accept: str) -> tuple[str, Iterator[bytes]]:
        """Content type and text, in pieces, for a scraper that accepts this."""
        ...


class Metrics:
    """The endpoint.

    Args:
        numbers: Who has them.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI)
        """Answer 200. Calls go on between two pieces."""
        accepts = (value for name, value in scope["headers"] if name == b"accept")
        accept = b",".join(accepts).decode("latin-1")
        await self._numbers.prepare()
        content_type, parts = self._numbers.expose(accept)
        body = bytearray()
        for part in parts:
            body += part
            await asyncio.sleep(0)
        await answer(send, 200, bytes(body), ((b"content-type", content_type.encode()),))
