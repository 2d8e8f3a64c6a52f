"""Reads a streamed Converse answer: a table of events, each with one small method.

An exception is looked for before anything else: it comes inside a 200, often as the very first message. The end is
`messageStop`; behind it stands `metadata` with the usage, and behind that nothing. What was read before a failure in
the same piece of an answer that has begun goes out first. Events that we do not know say nothing.

Invariant: after the end only usage is read; every buffer has a cap.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, ClassVar, Final

from proxy.codecs import faults as pages
from proxy.codecs.bedrock import faults
from proxy.codecs.bedrock.answer import Answer
from proxy.codecs.event_reader import EventReader
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Json, Target
from proxy.wire.eventstream import EventStreamDecoder, Message

_MAX_STRAY: Final = 8 * 1024
_MAX_FIRST_BYTE: Final = 1
"""The first byte of the longest message there can be: a stream that begins with another is none."""


class ConverseStream(EventReader):
    """The decoder of one stream.

    Args:
        request: What was asked.
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    def __init__(self, request: ChatRequest, target: Target, created: int) -> None:
        super().__init__()
        self._frames = EventStreamDecoder(target.max_event)
        self._build = Builder(created, model=target.model)
        custom = _custom_names(request.body)
        self._answer = Answer(self._build, target.max_answer, target, custom)
        self._stray: bytes | None = None
        """What came in place of an event stream, cut to 8 KiB."""
        self._unknown = 0
        self._ended = False
        self._told = False
        """Whether `metadata` was read."""

    @property
    def ended(self) -> bool:
        """Whether `messageStop` was read."""
        return self._ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more: nothing follows `metadata` or a failure."""
        return (self._ended and self._told) or self._failure is not None

    @property
    def unknown(self) -> int:
        """Events, blocks and deltas of kinds that we do not know, which were left out."""
        return self._unknown + self._answer.unknown

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        if self._is_stray(data):
            return
        try:
            for message in self._frames.feed(data):
                chunks += self._take(message)
        except ProxyError:
            # Behind the end there is only usage, which is not worth a failure.
            if not self._ended:
                raise

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where `messageStop` did not, MALFORMED where what came was
                no event stream.
        """
        if self._ended:
            return []
        if self._stray is not None:
            raise _strayed(self._stray)
        self._frames.finish()
        if not self._events:
            raise ProxyError(Kind.EMPTY, "the stream ended without any event")
        raise ProxyError(
            Kind.TRUNCATED, f"the stream was cut after {self._events} events: no messageStop"
        )

    def _is_stray(self, data: bytes) -> bool:
        """Whether what comes is no event stream: kept for a look at the end, never waited for as a message."""
        if self._stray is None and not self._events and not self._frames.pending and data:
            self._stray = b"" if data[0] > _MAX_FIRST_BYTE else None
        if self._stray is None:
            return False
        self._stray = (self._stray + data)[:_MAX_STRAY]
        return True

    def _take(self, message: Message) -> list[Chunk]:
        headers = message.headers
        kind = headers.get(":message-type")
        if kind == "exception":
            raise faults.event_fault(str(headers.get(":exception-type", "")), message.payload)
        if kind == "error":
            code, said = str(headers.get(":error-code", "")), str(headers.get(":error-message", ""))
            raise faults.event_fault(code, message.payload, said)
        try:
            value = jsons.decode_object(message.payload or b"{}")
        except jsons.JsonError as error:
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is no JSON object: {error}"
            ) from None
        if not self._events:
            # The provider gives no id; its padding makes no two first events alike.
            seed = b"%d/%b" % (self._build.created, message.payload)
            self._build.id = f"chatcmpl-{sha256(seed).hexdigest()[:24]}"
        self._events += 1
        return self._event(headers.get(":event-type"), value)

    def _event(self, name: object, value: Json) -> list[Chunk]:
        handle = self._HANDLERS.get(name) if isinstance(name, str) else None
        if handle is None or (self._ended and name != "metadata"):
            self._unknown += 1
            return []
        return handle(self, value)

    def _message_start(self, _value: Json) -> list[Chunk]:
        return self._answer.begin()

    def _block_start(self, value: Json) -> list[Chunk]:
        return self._answer.open(_index(value), value.get("start"))

    def _block_delta(self, value: Json) -> list[Chunk]:
        return self._answer.add(_index(value), value.get("delta"))

    def _block_stop(self, value: Json) -> list[Chunk]:
        return self._answer.close(_index(value))

    def _message_stop(self, value: Json) -> list[Chunk]:
        chunks = self._answer.end(value.get("stopReason"))
        self._ended = True
        return chunks

    def _metadata(self, value: Json) -> list[Chunk]:
        if not self._ended or self._told:
            return []
        self._told = True
        return self._answer.usage(value)

    _HANDLERS: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {
        "messageStart": _message_start,
        "contentBlockStart": _block_start,
        "contentBlockDelta": _block_delta,
        "contentBlockStop": _block_stop,
        "messageStop": _message_stop,
        "metadata": _metadata,
    }


def _strayed(stray: bytes) -> ProxyError:
    """What came in place of an event stream."""
    try:
        failure = faults.body_fault(jsons.decode_object(stray))
    except jsons.JsonError:
        failure = None
    sentence = pages.page(stray) or "what came is no event stream"
    return failure or ProxyError(Kind.MALFORMED, sentence)


def _index(value: Json) -> int:
    index = value.get("contentBlockIndex")
    if isinstance(index, bool) or not isinstance(index, int):
        raise ProxyError(Kind.MALFORMED, "the provider sent a content block without an index")
    return index


def _custom_names(body: Json) -> frozenset[str]:
    """The custom tools that the caller brought: a stream opens a call before it shows what it is called with."""
    tools = body.get("tools")
    customs = [
        tool.get("custom")
        for tool in (tools if isinstance(tools, list) else ())
        if isinstance(tool, dict)
    ]
    return frozenset(str(custom.get("name")) for custom in customs if isinstance(custom, dict))
