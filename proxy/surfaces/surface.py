"""What a surface is: one inbound API, to and from the chat shape. Pure, like a codec.

A `Surface` serves any number of calls; a `StreamEncoder` serves one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, Chunk, Completion, Headers, Json
from proxy.core.steps import Steps


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error in the surface's own shape."""

    status: int
    headers: Headers
    body: bytes


class StreamEncoder(Protocol):
    """Chat chunks of one answer in, bytes for the caller out."""

    def feed(self, chunk: Chunk) -> bytes:
        """The bytes to send now; empty where the chunk says nothing to this caller."""
        ...

    def finish(self, report: Json | None = None) -> bytes:
        """The provider ended properly: what is held back, `report` if asked for, and the terminal event."""
        ...

    def late(self, error: ProxyError, request_id: str) -> bytes:
        """A failure after the first byte: an error event and no terminal event."""
        ...

    def heartbeat(self) -> bytes | None:
        """What shows that the stream lives while nothing is said; None where a comment will do.

        May be asked for at any time until the end, before the first chunk too.
        """
        ...


class Surface(Protocol):
    """One inbound API."""

    @property
    def name(self) -> str:
        """The surface's name in logs and metrics."""
        ...

    def parse(self, body: bytes, forward: Headers = ()) -> ChatRequest:
        """Read a call.

        Raises:
            ProxyError: INVALID_REQUEST with `param`, in a sentence that says what was expected and what came.
        """
        ...

    def encoder(self, request: ChatRequest, *, model: str | None = None) -> StreamEncoder:
        """An encoder for one streamed answer; `model`, where given, replaces the provider's name for it."""
        ...

    def whole(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> bytes:
        """A whole answer."""
        ...

    def error(self, error: ProxyError, request_id: str) -> ErrorAnswer:
        """An error before the first byte."""
        ...


@runtime_checkable
class Stepwise(Protocol):
    """A surface whose whole answers may be so long that others would wait while one is written."""

    def written(
        self,
        request: ChatRequest,
        completion: Completion,
        *,
        model: str | None = None,
        report: Json | None = None,
    ) -> Steps[bytes]:
        """What `whole` gives, in steps."""
        ...
