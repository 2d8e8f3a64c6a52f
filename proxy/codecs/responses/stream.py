"""Reads a streamed response: a table of events, each with one small method.

The end is `response.completed` or `response.incomplete`, and nothing else is. `error` is mostly followed by
`response.failed`, which says the same with more authority, so it is raised when whatever follows it has come. What was
read before a failure in the same piece of an answer that has begun goes out first. Events that we do not know say nothing.

Invariant: after the end nothing is read any more; every buffer has a cap.
Source: https://developers.openai.com/api/reference/resources/responses/streaming-events (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from proxy.codecs import faults as pages
from proxy.codecs.event_reader import EventReader
from proxy.codecs.responses import faults
from proxy.codecs.responses.answer import Answer
from proxy.codecs.responses.held import APART
from proxy.codecs.responses.items import EVENTS
from proxy.codecs.responses.tokens import usage_of
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Chunk, Json, Target
from proxy.core.usage import Usage
from proxy.wire.sse import SseDecoder, SseEvent

_FAILED: Final = "response.failed"


class ResponseStream(EventReader):
    """The decoder of one stream.

    Args:
        target: Whose answer it is.
        created: Seconds since 1970, where the provider gives none.
    """

    apart: ClassVar = APART
    """What stands between texts that the provider gives apart."""

    def __init__(self, target: Target, created: int) -> None:
        super().__init__()
        self._sse = SseDecoder(target.max_event)
        self._answer = Answer(created, target.max_answer, target, apart=self.apart)
        self._unknown = 0
        self._ended = False
        self._told: Any = None
        """The usage of a response that failed."""
        self._warning: ProxyError | None = None
        """An `error` event that `response.failed` may still confirm."""

    @property
    def ended(self) -> bool:
        """Whether the terminal event was read, or a failure that is told by the next call."""
        return self._ended or self._failure is not None or self._warning is not None

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more."""
        return self._ended or self._failure is not None

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end."""
        return Usage.read(self._told)

    @property
    def unknown(self) -> int:
        """Events of kinds that we do not know, which were left out."""
        return self._unknown

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        for event in self._sse.feed(data):
            chunks += self._take(event)

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where the terminal event did not, MALFORMED where what
                came was no event stream, or the failure that an `error` event told of.
        """
        chunks = [chunk for event in self._sse.finish() for chunk in self._last(event)]
        if self._warning is not None:
            raise self._warning
        if self._ended:
            return chunks
        if not self._events:
            raise pages.no_event(self._sse.stray, faults.event_fault)
        raise ProxyError(
            Kind.TRUNCATED,
            f"the stream was cut after {self._events} events: no response.completed",
        )

    def _take(self, event: SseEvent) -> list[Chunk]:
        data = event.data.strip()
        # Some gateways close every stream as chat does; here it means nothing.
        if self._ended or not data or data == b"[DONE]":
            return []
        try:
            value = jsons.decode_object(data)
        except jsons.JsonError as error:
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is no JSON object: {error}"
            ) from None
        self._events += 1
        kind = value.get("type") or event.event
        if self._warning is not None and kind != _FAILED:
            raise self._warning
        if not isinstance(kind, str):
            return self._other(value)
        if kind in EVENTS:
            return self._answer.add(_index(value), kind, value)
        return self._HANDLERS.get(kind, ResponseStream._other)(self, value)

    def _last(self, event: SseEvent) -> list[Chunk]:
        """The last event, which lacks its end: it counts where it is whole all the same."""
        try:
            jsons.decode_object(event.data)
        except jsons.JsonError:
            return []
        return self._take(event)

    def _begin(self, value: Json) -> list[Chunk]:
        return self._answer.begin(value.get("response"))

    def _item_added(self, value: Json) -> list[Chunk]:
        return self._answer.start(_index(value), value.get("item"))

    def _item_done(self, value: Json) -> list[Chunk]:
        return self._answer.stop(_index(value), value.get("item"))

    def _end(self, value: Json) -> list[Chunk]:
        chunks = self._answer.end(value.get("response"))
        self._ended = True
        return chunks

    def _cut_short(self, value: Json) -> list[Chunk]:
        """`response.incomplete`: the name alone says so, whatever the response does."""
        response = value.get("response")
        given = response if isinstance(response, dict) else {}
        return self._end({"response": {**given, "status": "incomplete"}})

    def _error(self, value: Json) -> list[Chunk]:
        self._warning = faults.error_event(value) or pages.error_event(jsons.encode(value))
        return []

    def _failed(self, value: Json) -> list[Chunk]:
        response = value.get("response")
        failure = None
        if isinstance(response, dict):
            failure, self._told = faults.failed(response), usage_of(response)
        raise (
            failure
            or self._warning
            or ProxyError(Kind.SERVER_ERROR, "the provider ended the response as failed")
        )

    def _other(self, value: Json) -> list[Chunk]:
        """An event that we do not know, or need not, unless it is a gateway's error under another name."""
        if value.get("error") and (failure := faults.event_fault(value)):
            raise failure
        self._unknown += 1
        return []

    _HANDLERS: ClassVar[dict[str, Callable[[Any, Json], list[Chunk]]]] = {
        "response.created": _begin,
        "response.queued": _begin,
        "response.in_progress": _begin,
        "response.output_item.added": _item_added,
        "response.output_item.done": _item_done,
        "response.completed": _end,
        "response.incomplete": _cut_short,
        _FAILED: _failed,
        "response.cancelled": _end,
        "error": _error,
    }


def _index(value: Json) -> int:
    index = value.get("output_index")
    if isinstance(index, bool) or not isinstance(index, int):
        raise ProxyError(Kind.MALFORMED, "the provider sent an output item without an index")
    return index
