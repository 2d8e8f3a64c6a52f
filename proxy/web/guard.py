"""The layers around every route: the envelope, which names a call and has the last word, and the guard, which refuses.

Both are pure ASGI, and after the first message of an answer neither does anything.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from proxy.core.errors import Kind, ProxyError
from proxy.web.answer import refuse
from proxy.web.dialect import is_anthropic
from proxy.web.known import KNOWN
from proxy.web.peer import WIRE
from proxy.web.refusal import CRASHED, Refusal, refusal_of
from proxy.web.request_id import ANTHROPIC_HEADERS, HEADERS, request_id_of
from proxy.web.rules import Rule
from proxy.web.stamp import Stamp

_log: Final = logging.getLogger(__name__)


class Envelope:
    """Gives every call its request id, and every answer too; answers what nobody caught.

    Args:
        app: What is inside.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call. Nothing that an application raises gets past here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        value = request_id.encode()
        names = ANTHROPIC_HEADERS if is_anthropic(scope) else HEADERS
        stamp = Stamp(send, [(name, value) for name in names], scope.get(WIRE))
        try:
            await self._app(scope, receive, stamp)
        except ProxyError as error:
            if not stamp.begun and error.kind is not Kind.CANCELLED:
                await refuse(stamp, refusal_of(error), scope)
        except Exception:  # noqa: BLE001 (the last resort; what it catches is logged)
            _log.exception("%s: unexpected failure", request_id)
            # An answer that has begun stays unfinished, and the server closes its connection.
            if not stamp.begun:
                await refuse(stamp, CRASHED, scope)


def _nobody(_: Scope, __: Refusal) -> None:
    """Nobody writes down who is turned away."""


class Guard:
    """Asks each rule in order; the first that refuses answers. A head that all have let in is not asked about again.

    Args:
        app: What is inside.
        rules: Cheap ones first.
        turned_away: Hears of each refusal, since nobody inside does.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: Sequence[Rule],
        turned_away: Callable[[Scope, Refusal], None] = _nobody,
    ) -> None:
        self._app = app
        self._rules = tuple(rules)
        self._turned_away = turned_away

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Refuse the call or let it in."""
        known = scope.get(KNOWN)
        if known is None or not known.is_let_in:
            refusal = self._refusal(scope)
            if refusal is not None:
                self._turned_away(scope, refusal)
                return refuse(send, refusal, scope)
            if known is not None:
                known.is_let_in = True
        return self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        if scope["type"] == "http":
            for rule in self._rules:
                refusal = rule(scope)
                if refusal is not None:
                    return refusal
        return None
