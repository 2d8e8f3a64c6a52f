"""Reads calls of a surface: a body as it comes in, with what it only names, into a request.

Invariant: a body counts among those that are on their way in until all of it is here, and no longer.
"""

from __future__ import annotations

from starlette.types import Receive

from proxy.core.clock import Clock
from proxy.core.long_ids import is_shortened
from proxy.core.shape import ChatRequest, Headers
from proxy.surfaces.surface import Surface
from proxy.web.admission import Admission
from proxy.web.announced import Announced
from proxy.web.body import read_body, taken_body
from proxy.web.call import Call
from proxy.web.conversations import Conversations
from proxy.web.long_ids import LongIds


class RequestReader:
    """One endpoint's.

    Args:
        surface: The inbound API.
        admission: How much of bodies may come in.
        clock: Time.
        via: This instance's entry in the `via` header of every request to a provider.
        long_ids: What stands behind ids that were shortened.
        conversations: What calls go on from, where the API has that.
    """

    def __init__(
        self,
        surface: Surface,
        admission: Admission,
        clock: Clock,
        via: str,
        long_ids: LongIds,
        conversations: Conversations | None,
    ) -> None:
        self._surface = surface
        self._admission = admission
        self._clock = clock
        self._via = via
        self._long_ids = long_ids
        self._conversations = conversations

    async def read(
        self, said: Announced, trace: Headers, receive: Receive, call: Call
    ) -> ChatRequest:
        """Read a call's body.

        Args:
            said: What its headers say.
            trace: What goes on to a provider of the call's place in a trace.
            receive: The ASGI call's.
            call: Is told how long the body took and was.

        Raises:
            ProxyError: the body is too large, cannot be held, or is no request; or its caller has left.
        """
        # Where the request has been travels on, so that a loop over several instances is seen by the first of them.
        via = ("via", ", ".join((*said.passed, self._via)))
        admission = self._admission
        body = taken_body(receive, call.wire, admission.max_body)
        if body is None:
            with admission.presence.arriving(), admission.intake.share() as share:
                body = await read_body(receive, admission.max_body, share.take)
        call.body_ms, call.bytes_in = call.since(self._clock.now()), len(body)
        forward = (*said.forwarded, *trace, via)
        if self._conversations is None:
            request = self._surface.parse(body, forward)
            # Texts name nothing that we have kept.
            if request.only_texts or not is_shortened(body):
                return request
        return self._surface.parse(await self._recalled(body, call), forward)

    async def _recalled(self, body: bytes, call: Call) -> bytes:
        """The body with what it only names, and we have kept."""
        with self._admission.presence.arriving():
            if self._conversations is not None:
                body = await self._conversations.recall(call.tenant, body)
            if is_shortened(body):
                body = await self._long_ids.back(call.tenant, body)
        return body
