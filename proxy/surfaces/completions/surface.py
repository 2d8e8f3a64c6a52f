"""The legacy completions surface as the rest of the house holds it: one object for all calls."""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, Json
from proxy.surfaces.completions.encoder import CompletionsEncoder
from proxy.surfaces.completions.parse import DIALECT, parse
from proxy.surfaces.completions.whole import whole_body
from proxy.surfaces.errors import error_answer
from proxy.surfaces.surface import ErrorAnswer


class Completions:
    """`POST /v1/completions`. Implements `Surface`."""

    name = DIALECT

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST with `param`.
        """
        return parse(body, forward)

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> CompletionsEncoder:
        """An encoder for one streamed answer."""
        return CompletionsEncoder(request, model)

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
