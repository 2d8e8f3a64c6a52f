"""Lets a call through to a route only with a caller that the gate knows."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.gate.admit import Gate
from proxy.gate.caller import Caller

_KEY: Final = "firstbyte.caller"


class Authentication:
    """An ASGI layer around one endpoint.

    Args:
        app: The endpoint.
        gate: Who may come in.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the caller and serve.

        Raises:
            ProxyError: as `Gate.admit`.
        """
        scope[_KEY] = await self._gate.admit(scope["headers"])
        await self._app(scope, receive, send)


def admitted(scope: Scope) -> Caller | None:
    """Who calls; None where nobody was let in, or the endpoint does that."""
    return scope.get(_KEY)


def caller_of(scope: Scope) -> Caller:
    """Who calls, on a route that admits.

    Raises:
        KeyError: the route does not admit, which is a fault of the route table.
    """
    caller: Caller = scope[_KEY]
    return caller
