"""Speaks Ollama's own chat API, `/api/chat`, to a local server or to Ollama's cloud.

Source: https://docs.ollama.com/api/chat (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.codecs.ollama import faults
from proxy.codecs.ollama.decode import decode
from proxy.codecs.ollama.encode import encode
from proxy.codecs.ollama.stream import OllamaStream
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, HttpCall, Target


class Ollama:
    """The codec; it serves any number of calls."""

    name = "ollama"

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        return encode(request, target)

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
        return decode(body, created=created)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> OllamaStream:
        """A decoder for one streamed answer to this request."""
        del request
        return OllamaStream(target, created)

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)
