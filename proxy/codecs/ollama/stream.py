"""Reads a streamed answer: one JSON object a line, the last of them `done`.

A line with an `error` is a failure, whatever the status was. An end without `done` is a cut.

Source: https://docs.ollama.com/api/streaming (read 2026-11-20).
"""

from __future__ import annotations

from typing import ClassVar

from proxy.codecs.ollama import faults
from proxy.codecs.ollama.answer import Answer
from proxy.codecs.plain.objects import ObjectStream
from proxy.core.shape import Chunk, Json, Target
from proxy.wire.ndjson import NdjsonDecoder


class OllamaStream(ObjectStream):
    """The decoder of one stream.

    Args:
        target: Whose answer it is.
        created: Seconds since 1970, where the provider gives none.
    """

    terminal: ClassVar = "line with done: true"

    def __init__(self, target: Target, created: int) -> None:
        super().__init__()
        self._lines = NdjsonDecoder(target.max_event)
        self._answer = Answer(created, target.model)

    def _frames(self, data: bytes) -> list[tuple[str, bytes]]:
        return [("", line) for line in self._lines.feed(data)]

    def _rest(self) -> list[tuple[str, bytes]]:
        return [("", line) for line in self._lines.finish()]

    def _take(self, _name: str, value: Json) -> list[Chunk]:
        if failure := faults.event_fault(value):
            raise failure
        self._ended = value.get("done") is True
        return self._answer.take(value)
