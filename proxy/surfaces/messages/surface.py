"""The Messages surface as the rest of the house holds it: one object for all calls."""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, Json
from proxy.surfaces.messages.encoder import MessagesEncoder
from proxy.surfaces.messages.errors import error_answer
from proxy.surfaces.messages.parse import DIALECT, parse
from proxy.surfaces.messages.whole import whole_body
from proxy.surfaces.surface import ErrorAnswer


class Messages:
    """`POST /v1/messages`. Implements `Surface`."""

    name = DIALECT

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST, in Anthropic's words.
        """
        return parse(body, forward)

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> MessagesEncoder:
        """An encoder for one streamed answer."""
        return MessagesEncoder(request, model)

    def whole(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> bytes:
        """A whole answer.

        Raises:
            ProxyError: MALFORMED for a call whose arguments are not JSON.
        """
        return whole_body(request, completion, model, report)

    def error(self, error: ProxyError, request_id: str) -> ErrorAnswer:
        """An error before the first byte."""
        return error_answer(error, request_id)
