"""The Responses surface as the rest of the house holds it: one object for all calls."""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, Json
from proxy.surfaces.errors import error_answer
from proxy.surfaces.responses.encoder import ResponsesEncoder
from proxy.surfaces.responses.parse import parse
from proxy.surfaces.responses.whole import whole_body
from proxy.surfaces.surface import ErrorAnswer


class Responses:
    """`POST /v1/responses`. Implements `Surface`."""

    name = "responses"

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST with `param`.
        """
        return parse(body, forward)

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> ResponsesEncoder:
        """An encoder for one streamed answer; its `response` is what there is to keep at the end."""
        return ResponsesEncoder(request, model)

    def whole(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> bytes:
        """A whole answer."""
        return whole_body(request, completion, model, report)

    def error(self, error: ProxyError, request_id: str) -> ErrorAnswer:
        """An error before the first byte."""
        return error_answer(error, request_id)
