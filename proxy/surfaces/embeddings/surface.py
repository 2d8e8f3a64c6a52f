"""The embeddings surface as the rest of the house holds it: one object for all calls."""

from __future__ import annotations

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, Json
from proxy.core.steps import Steps, done
from proxy.surfaces.embeddings.parse import DIALECT, parse
from proxy.surfaces.embeddings.whole import whole_body
from proxy.surfaces.errors import error_answer
from proxy.surfaces.surface import ErrorAnswer, StreamEncoder


class Embeddings:
    """`POST /v1/embeddings`. Implements `Surface`; its calls are never streams."""

    name = DIALECT

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST with `param`.
        """
        return parse(body, forward)

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> StreamEncoder:
        """There is none.

        Raises:
            ProxyError: INTERNAL: no call that `parse` has read asks for a stream.
        """
        del request, model
        raise ProxyError(Kind.INTERNAL, "vectors do not come in a stream")

    def whole(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> bytes:
        """A whole answer."""
        return done(whole_body(request, completion, model, report))

    def written(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> Steps[bytes]:
        """A whole answer, in steps. Implements `Stepwise`."""
        return whole_body(request, completion, model, report)

    def error(self, error: ProxyError, request_id: str) -> ErrorAnswer:
        """An error before the first byte."""
        return error_answer(error, request_id)
