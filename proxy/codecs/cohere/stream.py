"""Reads a streamed answer: a table of events, each with one small method.

The end is `message-end`, and nothing else is. Events of kinds that we do not know are counted and say nothing.

Source: https://docs.cohere.com/v2/docs/streaming (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from proxy.codecs.cohere import faults
from proxy.codecs.cohere.answer import Answer
from proxy.codecs.plain.objects import ObjectStream
from proxy.core.shape import Chunk, Json, Target
from proxy.core.usage import Usage
from proxy.wire.sse import SseDecoder


class CohereStream(ObjectStream):
    """The decoder of one stream.

    Args:
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    terminal: ClassVar = "message-end"

    def __init__(self, target: Target, created: int) -> None:
        super().__init__()
        self._sse = SseDecoder(target.max_event)
        self._answer = Answer(created, target.model, target.max_answer)
        self.unknown = 0
        """Events of kinds that we do not know, which were left out."""

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return self._answer.told

    def _frames(self, data: bytes) -> list[tuple[str, bytes]]:
        return [(event.event, event.data.strip()) for event in self._sse.feed(data)]

    def _rest(self) -> list[tuple[str, bytes]]:
        return [(event.event, event.data.strip()) for event in self._sse.finish()]

    def _stray(self) -> bytes:
        return self._sse.stray

    def _take(self, name: str, value: Json) -> list[Chunk]:
        kind = value.get("type", name)
        handle = self._HANDLERS.get(kind) if isinstance(kind, str) else None
        if handle is None:
            return self._other(value)
        message = _object(value.get("delta")).get("message")
        return handle(self, value, _object(message))

    def _other(self, value: Json) -> list[Chunk]:
        """An event that we do not know, unless it is an error."""
        if failure := faults.event_fault(value):
            raise failure
        self.unknown += 1
        return []

    def _message_start(self, value: Json, _message: Json) -> list[Chunk]:
        return self._answer.begin(value)

    def _content_start(self, value: Json, message: Json) -> list[Chunk]:
        opened = self._answer.begin(value)
        return opened + self._answer.block(value.get("index"), message.get("content"))

    def _content_delta(self, value: Json, message: Json) -> list[Chunk]:
        opened = self._answer.begin(value)
        return opened + self._answer.say(message.get("content"), value.get("logprobs"))

    def _tool_plan_delta(self, value: Json, message: Json) -> list[Chunk]:
        return self._answer.begin(value) + self._answer.plan(message.get("tool_plan"))

    def _tool_call_start(self, value: Json, message: Json) -> list[Chunk]:
        opened = self._answer.begin(value)
        return opened + self._answer.calls.start(value.get("index"), message.get("tool_calls"))

    def _tool_call_delta(self, value: Json, message: Json) -> list[Chunk]:
        return self._answer.calls.add(value.get("index"), message.get("tool_calls"))

    def _tool_call_end(self, value: Json, _message: Json) -> list[Chunk]:
        return self._answer.calls.end(value.get("index"))

    def _citation_start(self, value: Json, message: Json) -> list[Chunk]:
        return self._answer.begin(value) + self._answer.cite(message.get("citations"))

    def _message_end(self, value: Json, _message: Json) -> list[Chunk]:
        chunks = self._answer.end(_object(value.get("delta")))
        self._ended = True
        return chunks

    def _silent(self, _value: Json, _message: Json) -> list[Chunk]:
        return []

    _HANDLERS: ClassVar[dict[str, Callable[[Any, Json, Json], list[Chunk]]]] = {
        "message-start": _message_start,
        "content-start": _content_start,
        "content-delta": _content_delta,
        "content-end": _silent,
        "tool-plan-delta": _tool_plan_delta,
        "tool-call-start": _tool_call_start,
        "tool-call-delta": _tool_call_delta,
        "tool-call-end": _tool_call_end,
        "citation-start": _citation_start,
        "citation-end": _silent,
        "message-end": _message_end,
        "debug": _silent,
    }


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
