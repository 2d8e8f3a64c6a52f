"""What the streams of Bedrock have in common: the frames around their events, failures among them, and a proper end.

An exception is looked for before anything else: it comes inside a 200, often as the very first message. What was read
before a failure in the same piece of an answer that has begun goes out first.

Invariant: behind the end a broken frame is no failure any more; every buffer has a cap.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html and
.../API_runtime_InvokeModelWithResponseStream.html (read 2026-11-21).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

from proxy.codecs import faults as pages
from proxy.codecs.bedrock import faults
from proxy.codecs.event_reader import EventReader
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json
from proxy.wire.eventstream import EventStreamDecoder, Run, Value

_MAX_STRAY: Final = 8 * 1024
_MAX_FIRST_BYTE: Final = 1
"""The first byte of the longest message there can be: a stream that begins with another is none."""


class FrameReader(EventReader):
    """A decoder of one event stream; an operation says what its events mean.

    Args:
        max_event: Bytes of one message's payload.
    """

    terminal: ClassVar[str]
    """The name of the event that ends an answer."""

    def __init__(self, max_event: int) -> None:
        super().__init__()
        self._frames = EventStreamDecoder(max_event)
        self._stray: bytes | None = None
        """What came in place of an event stream, cut to 8 KiB."""
        self._unknown = 0

    @property
    @abstractmethod
    def ended(self) -> bool:
        """Whether the terminal event was read."""

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether nothing at all can come any more."""

    @abstractmethod
    def _event(self, name: object, value: Json, payload: bytes) -> list[Chunk]:
        """Take one event.

        Args:
            name: Its `:event-type`.
            value: What it says.
            payload: The bytes that said it.
        """

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        if self._is_stray(data):
            return
        try:
            for run in self._frames.feed(data):
                self._read(run, chunks)
        except ProxyError:
            # Behind the end there is only usage, which is not worth a failure.
            if not self.ended:
                raise

    def _read(self, run: Run, chunks: list[Chunk]) -> None:
        """Add what messages with the same headers say, one by one."""
        for payload in run.payloads:
            chunks += self._take(run.headers, payload)

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where the terminal event did not, MALFORMED where what came
                was no event stream.
        """
        if self.ended:
            return []
        if self._stray is not None:
            raise _strayed(self._stray)
        self._frames.finish()
        if not self._events:
            raise ProxyError(Kind.EMPTY, "the stream ended without any event")
        raise ProxyError(
            Kind.TRUNCATED, f"the stream was cut after {self._events} events: no {self.terminal}"
        )

    def _is_stray(self, data: bytes) -> bool:
        """Whether what comes is no event stream: kept for a look at the end, never waited for as a message."""
        if self._stray is None and not self._events and not self._frames.pending and data:
            self._stray = b"" if data[0] > _MAX_FIRST_BYTE else None
        if self._stray is None:
            return False
        self._stray = (self._stray + data)[:_MAX_STRAY]
        return True

    def _take(self, headers: Mapping[str, Value], payload: bytes) -> list[Chunk]:
        """Take one message."""
        kind = headers.get(":message-type")
        if kind == "exception":
            raise faults.event_fault(str(headers.get(":exception-type", "")), payload)
        if kind == "error":
            code, said = str(headers.get(":error-code", "")), str(headers.get(":error-message", ""))
            raise faults.event_fault(code, payload, said)
        try:
            value = jsons.decode_object(payload or b"{}")
        except jsons.JsonError as error:
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is no JSON object: {error}"
            ) from None
        self._events += 1
        return self._event(headers.get(":event-type"), value, payload)


def _strayed(stray: bytes) -> ProxyError:
    """What came in place of an event stream."""
    try:
        failure = faults.body_fault(jsons.decode_object(stray))
    except jsons.JsonError:
        failure = None
    sentence = pages.page(stray) or "what came is no event stream"
    return failure or ProxyError(Kind.MALFORMED, sentence)
