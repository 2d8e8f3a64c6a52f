"""Speaks Ollama's own chat API, `/api/chat`, to a local server or to Ollama's cloud.

Source: https://docs.ollama.com/api/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.ollama import faults
from proxy.codecs.ollama.decode import decode
from proxy.codecs.ollama.encode import encode
from proxy.codecs.ollama.stream import OllamaStream
from proxy.codecs.ollama.thinking import has_level
from proxy.codecs.plain.freeform import FreeformStream, as_functions, customs_again, names_of
from proxy.codecs.plain.unsigned import is_refused
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target

_THOUGHTLESS: Final = "does not support thinking"
_LEVELLESS: Final = "think value"
_WISHES: Final = frozenset({"reasoning_effort", "think", "thinking"})


class Ollama:
    """The codec; it serves any number of calls."""

    name = "ollama"

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return encode(replace(request, body=as_functions(request.body)), target)

    def decode(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        created: int,
        target: Target | None = None,
    ) -> Completion:
        """Read a whole answer."""
        del status, headers, target
        return customs_again(decode(body, created=created))

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer to this request."""
        stream, names = OllamaStream(target, created), names_of(request.body)
        return FreeformStream(stream, names, target.max_answer) if names else stream

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without its wish for a level of thinking, or for thinking at all, where the model has none.

        Many models, above all of older servers, only think or do not. Clients of other APIs wish for thinking in every
        call, and it is left out wherever a model cannot be told; a chat caller who asks for it means it.
        """
        if is_refused(failure, _LEVELLESS) and has_level(request.body):
            return replace(request, body={**request.body, "think": True}, raw=b"")
        if not (request.translated and is_refused(failure, _THOUGHTLESS)):
            return None
        body = {name: value for name, value in request.body.items() if name not in _WISHES}
        return None if len(body) == len(request.body) else replace(request, body=body, raw=b"")
