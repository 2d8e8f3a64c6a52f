"""How many tokens a request has: counted here, of a body that is read like a call's and then asked of nobody."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from proxy.core.shape import Json
from proxy.surfaces.messages.count import count_tokens, parse_count
from proxy.surfaces.responses import Responses
from proxy.web.admission import Admission
from proxy.web.answer import answer_json
from proxy.web.authentication import caller_of
from proxy.web.body import read_body
from proxy.web.conversations import Conversations


def count_message(body: bytes) -> Json:
    """The answer to a request for a message.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    return {"input_tokens": count_tokens(parse_count(body))}


def count_response(body: bytes) -> Json:
    """The answer to a request for a response.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    tokens = count_tokens(Responses().parse(body))
    return {"object": "response.input_tokens", "input_tokens": tokens}


class Counting:
    """An ASGI endpoint, on a route that admits.

    Args:
        admission: How much of bodies may come in.
        count: The answer to a body; raises `ProxyError` where it is no request.
        conversations: What a body may go on from, where the API has that.
    """

    def __init__(
        self,
        admission: Admission,
        count: Callable[[bytes], Json],
        conversations: Conversations | None = None,
    ) -> None:
        self._admission = admission
        self._count = count
        self._conversations = conversations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call.

        Raises:
            ProxyError: the body is too large, cannot be held, or is no request.
        """
        tenant = caller_of(scope).tenant
        with self._admission.intake.share() as share:
            body = await read_body(receive, self._admission.max_body, share.take)
            if self._conversations is not None:
                body = await self._conversations.recall(tenant, body)
            answer = self._count(body)
        await answer_json(send, 200, answer)
