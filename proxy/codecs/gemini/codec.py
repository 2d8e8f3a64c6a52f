"""Speaks the Gemini protocol to the Gemini API; `codecs/vertex.py` lends it to Vertex AI.

Source: https://ai.google.dev/api/generate-content (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.gemini import faults
from proxy.codecs.gemini.decode import decode
from proxy.codecs.gemini.encode import Written, written
from proxy.codecs.gemini.stream import GeminiStream
from proxy.codecs.paths import in_path
from proxy.codecs.plain.freeform import FreeformStream, names_of
from proxy.codecs.plain.unsigned import is_refused, unsigned
from proxy.core import jsons
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Completion, Headers, HttpCall, Target

_PATHS: Final = ("models/", "tunedModels/")
_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "api-key", "x-goog-api-key"})
_SAFE: Final = "/@:"


class Gemini:
    """The codec; it serves any number of calls.

    Args:
        protocol: Which of Google's two services it speaks to: `gemini` or `vertex`.
    """

    name = "gemini"

    def __init__(self, protocol: str = "gemini") -> None:
        self._protocol = protocol

    def encode(self, request: ChatRequest, target: Target) -> HttpCall:
        """Write the call for this target."""
        key = {"x-goog-api-key": target.api_key.reveal()} if target.api_key else {}
        return self.call(
            self.body(request, target),
            f"{target.base_url}/{quoted(named(target))}",
            key,
            request,
            target,
        )

    def body(self, request: ChatRequest, target: Target) -> Written:
        """Write the body alone."""
        return written(request, target, self._protocol)

    def call(
        self,
        what: Written,
        resource: str,
        credential: Mapping[str, str],
        request: ChatRequest,
        target: Target,
    ) -> HttpCall:
        """A body as a call of the method that fits.

        Args:
            what: The body.
            resource: The model's address, without the method.
            credential: Headers that hold the key, if any.
            request: What is asked.
            target: Whom.
        """
        method = "streamGenerateContent?alt=sse" if what.streams else "generateContent"
        return HttpCall(
            url=f"{resource}:{method}",
            headers=headers(credential, request.forward, target),
            body=jsons.encode(what.body),
            dropped=what.dropped,
        )

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
        return decode(body, self._protocol, created=created)

    def stream(self, request: ChatRequest, target: Target, *, created: int) -> StreamDecoder:
        """A decoder for one streamed answer to this request."""
        stream = GeminiStream(request, target, self._protocol, created)
        # A call whose argument the model named itself is a function's to it.
        names = names_of(request.body)
        return FreeformStream(stream, names, target.max_answer) if names else stream

    def fault(self, status: int, headers: Mapping[str, str], body: bytes) -> ProxyError:
        """Name a failure from a response whose status is not 2xx."""
        return faults.fault(status, headers, body)

    def unsigned(self, failure: ProxyError, request: ChatRequest) -> ChatRequest | None:
        """The request without thought signatures, where one was refused: most are another project's."""
        return unsigned(request) if is_refused(failure, "thought", "signature") else None


def named(target: Target) -> str:
    """A model's name with the path that it stands under."""
    return target.model if target.model.startswith(_PATHS) else f"models/{target.model}"


@lru_cache(maxsize=256)
def quoted(resource: str) -> str:
    """A model's name as the path of a URL.

    Raises:
        ProxyError: INVALID_REQUEST for a name that would lead elsewhere.
    """
    return in_path(resource, safe=_SAFE)


def headers(credential: Mapping[str, str], forward: Headers, target: Target) -> Headers:
    """The headers, in lower case: the caller's fill in what nobody else says, and never a credential."""
    lines = {"content-type": "application/json", **credential, **dict(target.headers)}
    for name, value in forward:
        if name not in _CREDENTIALS:
            lines.setdefault(name, value)
    return tuple(lines.items())
