"""The admin API over tenants and their accounts: each place of the desk as an ASGI endpoint.

Invariant: an answer may hold a new key, so none of them is kept by anybody on the way.
"""

from __future__ import annotations

from typing import Final

from starlette.types import Receive, Scope, Send

from proxy.core import jsons
from proxy.gate.desk.asked import Asked
from proxy.gate.desk.desk import Place, answered
from proxy.surfaces.body import object_of
from proxy.web.answer import JSON_TYPE, answer
from proxy.web.body import read_body
from proxy.web.query import query_of

MAX_BODY: Final = 256 * 1024
"""Bytes of what an operator sends."""

_HEAD: Final = (JSON_TYPE, (b"cache-control", b"no-store"))
_WITH_BODY: Final = ("POST", "PATCH")


class AtDesk:
    """One place.

    Args:
        place: What is asked here.
    """

    def __init__(self, place: Place) -> None:
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 200 with what the verb shows.

        Raises:
            ProxyError: as `desk.answered`; INVALID_REQUEST and TOO_LARGE for the body.
        """
        body = {}
        if self._place.method in _WITH_BODY:
            body = object_of(await read_body(receive, MAX_BODY))
        found = scope.get("path_params", {}).get("id", "")
        value = await answered(self._place.verb, Asked(found, query_of(scope), body))
        await answer(send, 200, jsons.encode(value), _HEAD)
