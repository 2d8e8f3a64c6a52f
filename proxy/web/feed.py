"""`GET /admin/events`: what happens just now, as server-sent events, to a few operators who look on.

Invariant: a reader never holds anybody up. Each has a queue with a bound; one who lets it fill is cut off, asks for the
list again and comes back.

Source: WHATWG HTML, 9.2, https://html.spec.whatwg.org/multipage/server-sent-events.html (read 2026-11-21).
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, Protocol

from starlette.types import Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.watch.recent import Listener
from proxy.web.peer import GONE
from proxy.web.presence import Presence
from proxy.web.stream import HEAD

READERS: Final = 16
"""At once."""
QUEUED: Final = 512
"""Events that wait for a reader."""
HEARTBEAT: Final = 15.0
"""Seconds without an event after which a comment goes out."""
RETRY_AFTER: Final = 5.0
"""Seconds that one is told to wait who finds all places taken."""
_HELLO: Final = b"retry: 1000\n\n"
"""The head goes out with it, so that a reader knows at once that it listens."""


class Source(Protocol):
    """Where events come from."""

    def listen(self, listener: Listener) -> None:
        """Call this for each from now on."""
        ...

    def leave(self, listener: Listener) -> None:
        """Call it no more."""
        ...


class Feed:
    """An ASGI endpoint.

    Args:
        source: Where events come from.
        heartbeat: Seconds.
    """

    def __init__(self, source: Source, heartbeat: float = HEARTBEAT) -> None:
        self._source = source
        self._heartbeat = heartbeat
        self._presence = Presence()
        self._readers: set[_Reader] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the reader leaves, falls behind, or the server stops.

        Raises:
            ProxyError: SATURATED where all places are taken.
        """
        if len(self._readers) >= READERS:
            message = f"{READERS} readers follow the events already. Close one of them."
            raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER)
        await send({"type": "http.response.start", "status": 200, "headers": list(HEAD)})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        reader = _Reader()
        self._readers.add(reader)
        self._source.listen(reader.take)
        try:
            with self._presence.of(receive, scope.get(GONE)):
                await self._follow(reader, send)
        finally:
            self._readers.discard(reader)
            self._source.leave(reader.take)

    def close(self) -> None:
        """The server stops: every reader's stream ends."""
        for reader in self._readers:
            reader.end()

    async def _follow(self, reader: _Reader, send: Send) -> None:
        data = _HELLO
        while True:
            await send({"type": "http.response.body", "body": data, "more_body": True})
            found = await reader.next(self._heartbeat)
            if found is None:
                break
            data = found
        await send({"type": "http.response.body", "body": b""})


class _Reader:
    """One reader's queue."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._stir = asyncio.Event()
        self._over = False

    def take(self, name: str, data: bytes) -> None:
        """Queue an event; one too many ends it all."""
        if len(self._waiting) >= QUEUED:
            self._waiting.clear()
            self._over = True
        if not self._over:
            self._waiting.append(b"event: %b\ndata: %b\n\n" % (name.encode(), data))
        self._stir.set()

    def end(self) -> None:
        """After what waits nothing comes any more."""
        self._over = True
        self._stir.set()

    async def next(self, patience: float) -> bytes | None:
        """All that waits; a comment after so many seconds of silence; None at the end."""
        if not self._waiting and not self._over:
            self._stir.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stir.wait(), patience)
        if self._waiting:
            data = b"".join(self._waiting)
            self._waiting.clear()
            return data
        return None if self._over else b": still here\n\n"
