"""Lets an operator call what callers call: from the console, behind the admin key, without a key of a caller's.

Invariant: the admin key ends here. An endpoint behind this layer sees no credential at all, so that none can be taken for
a virtual key, or for a key of the caller's own that goes to a provider.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.gate.credentials import BEARER, PLAIN, VIRTUAL
from proxy.web.known import KNOWN

CREDENTIALS: Final = frozenset({BEARER, VIRTUAL, *PLAIN, b"cookie", b"proxy-authorization"})
"""Headers that may hold one."""


class AsOperator:
    """An ASGI layer around one endpoint.

    Args:
        app: The endpoint. Its gate must admit who brings no key.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve without the credentials."""
        headers = [line for line in scope["headers"] if line[0] not in CREDENTIALS]
        # What is known of the head is known of another one.
        return self._app({**scope, "headers": headers, KNOWN: None}, receive, send)
