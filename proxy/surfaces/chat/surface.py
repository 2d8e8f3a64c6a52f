"""The chat surface as the rest of the house holds it: one object for all calls."""

from __future__ import annotations

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, Json
from proxy.surfaces.chat.encoder import ChatEncoder
from proxy.surfaces.chat.parse import parse
from proxy.surfaces.chat.whole import whole_body
from proxy.surfaces.errors import error_answer
from proxy.surfaces.invariants import Checked, OnViolation
from proxy.surfaces.surface import ErrorAnswer


class Chat:
    """`POST /v1/chat/completions`. Implements `Surface`.

    Args:
        on_violation: Told of every breach of the stream's form; without it nobody looks.
    """

    name = "chat"

    def __init__(self, on_violation: OnViolation | None = None) -> None:
        self._on_violation = on_violation

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST with `param`.
        """
        return parse(body, forward)

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> ChatEncoder:
        """An encoder for one streamed answer."""
        checked = None if self._on_violation is None else Checked(self._on_violation)
        return ChatEncoder(request, model, checked)

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
