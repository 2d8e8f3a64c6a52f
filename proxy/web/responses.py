"""Responses that are kept, by their ids: read again, listed by what they were asked with, deleted.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from starlette.types import Receive, Scope, Send

from proxy.core import jsons
from proxy.core.long_ids import shortened
from proxy.surfaces.responses.listing import listed
from proxy.web.answer import JSON_TYPE, answer, answer_json, refuse
from proxy.web.authentication import caller_of
from proxy.web.conversations import Conversations
from proxy.web.query import query_of
from proxy.web.refusal import Refusal

Verb: TypeAlias = Callable[[Scope, Send, str, bytes], Awaitable[None]]
"""What is done with a response: the call, the response's id, and what was kept of it."""

_NOT_AGAIN: Final = Refusal(
    400,
    "unsupported_value",
    "A kept response is not streamed again. Ask for it without 'stream'.",
    param="stream",
)
_NOT_COMPACTED: Final = Refusal(
    404,
    "unknown_url",
    "Conversations are not compacted here: what comes of it only OpenAI could go on from. Ask a model for a summary in a "
    "call of its own, and go on from that.",
)
_OVER: Final = Refusal(400, None, "Cannot cancel a synchronous response.")


class Kept:
    """ASGI endpoints, each on a route that admits and whose path names a response as `id`.

    Args:
        conversations: The kept answers.
    """

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def read(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /v1/responses/{id}`: the response as it was answered."""
        await self._with(scope, send, self._read)

    async def items(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`GET /v1/responses/{id}/input_items`: what it was asked with.

        Raises:
            ProxyError: INVALID_REQUEST for a page that there cannot be.
        """
        await self._with(scope, send, self._items)

    async def delete(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`DELETE /v1/responses/{id}`: forget it."""
        await self._with(scope, send, self._delete)

    async def cancel(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`POST /v1/responses/{id}/cancel`: whatever is kept is over."""
        await self._with(scope, send, self._cancel)

    async def compact(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """`POST /v1/responses/compact`, which is said not to be here; its path looks like that of a response."""
        await refuse(send, _NOT_COMPACTED, scope)

    async def _with(self, scope: Scope, send: Send, verb: Verb) -> None:
        mark: str = scope["path_params"]["id"]
        stored = await self._conversations.find(caller_of(scope).tenant, mark)
        if stored is None:
            message = f"Response with id '{mark[:64]}' not found."
            await refuse(send, Refusal(404, "response_not_found", message, param="id"), scope)
        else:
            await verb(scope, send, mark, stored)

    async def _read(self, scope: Scope, send: Send, _mark: str, stored: bytes) -> None:
        if query_of(scope).get("stream", "false").lower() not in ("false", "0"):
            await refuse(send, _NOT_AGAIN, scope)
            return
        response, _ = shortened(bytes(jsons.split(stored)["response"]))
        await answer(send, 200, response, (JSON_TYPE,))

    async def _items(self, scope: Scope, send: Send, mark: str, stored: bytes) -> None:
        asked = jsons.decode_object(stored)["input"]
        await answer_json(send, 200, listed(mark, asked, query_of(scope)))

    async def _delete(self, scope: Scope, send: Send, mark: str, _stored: bytes) -> None:
        await self._conversations.drop(caller_of(scope).tenant, mark)
        await answer_json(send, 200, {"id": mark, "object": "response", "deleted": True})

    async def _cancel(self, scope: Scope, send: Send, _mark: str, _stored: bytes) -> None:
        await refuse(send, _OVER, scope)
