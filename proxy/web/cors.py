"""Lets web pages of configured origins read our answers, and no others.

A browser asks first, by OPTIONS, whether a page of its origin may send such a call: the routes answer OPTIONS without a
credential as they answer it to everybody, and here their answer is told to be for that origin. Nothing but heads is
added to; who may call, and with which key, is for the rules and the gate as ever.

Invariant: an origin is allowed by name, never by pattern, and none with credentials of the browser's own (cookies), so
that `*` may stand for every header of an answer.
Source: WHATWG Fetch, sections 3.3 (the protocol) and 4.9 (preflight), https://fetch.spec.whatwg.org/ (read 2026-11-21);
Private Network Access, https://wicg.github.io/private-network-access/ (read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.web.peer import WIRE
from proxy.web.rules import values_of
from proxy.web.stamp import Stamp

METHODS: Final = b"GET, POST, PATCH, DELETE"
MAX_AGE: Final = b"7200"
"""Seconds for which a browser need not ask again; the most that any of them takes."""

_VARY: Final = (b"vary", b"origin")
_NAMES: Final = re.compile(rb"[A-Za-z0-9_, -]{1,4096}")

HeaderLines = list[tuple[bytes, bytes]]


class Cors:
    """An ASGI layer around everything.

    Args:
        app: What is inside.
        origins: As browsers write them: `https://app.example`, lower case, without a path.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode("ascii") for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call; the answer says which origin may read it."""
        if scope["type"] == "http":
            send = Stamp(send, self._headers(scope), scope.get(WIRE))
        await self._app(scope, receive, send)

    def _headers(self, scope: Scope) -> HeaderLines:
        origins = values_of(scope, b"origin")
        if len(origins) != 1 or origins[0] not in self._origins:
            return [_VARY]
        headers = [(b"access-control-allow-origin", origins[0]), _VARY]
        if scope["method"] == "OPTIONS" and values_of(scope, b"access-control-request-method"):
            return headers + _preflight(scope)
        return [*headers, (b"access-control-expose-headers", b"*")]


def _preflight(scope: Scope) -> HeaderLines:
    headers = [
        (b"access-control-allow-methods", METHODS),
        (b"access-control-max-age", MAX_AGE),
    ]
    names = b", ".join(values_of(scope, b"access-control-request-headers"))
    if _NAMES.fullmatch(names):
        # SDKs send a dozen headers of their own; which of them go on to providers is decided elsewhere.
        headers.append((b"access-control-allow-headers", names))
    if values_of(scope, b"access-control-request-private-network") == [b"true"]:
        headers.append((b"access-control-allow-private-network", b"true"))
    return headers
