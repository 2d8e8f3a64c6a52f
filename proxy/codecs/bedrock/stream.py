"""Reads a streamed Converse answer: a table of events, each with one small method.

The end is `messageStop`; behind it stands `metadata` with the usage, and behind that nothing. Events that we do not
know say nothing.

Events that only add a piece of text to an open block are most of a stream: they go past the table.

Invariant: after the end only usage is read; every buffer has a cap.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, ClassVar

from proxy.codecs.bedrock import piece
from proxy.codecs.bedrock.answer import Answer
from proxy.codecs.bedrock.frames import FrameReader
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Chunk, Json, Target
from proxy.wire.eventstream import Run, Value


class ConverseStream(FrameReader):
    """The decoder of one stream.

    Args:
        request: What was asked.
        target: Whose answer it is.
        created: Seconds since 1970; the provider gives none.
    """

    terminal = "messageStop"

    def __init__(self, request: ChatRequest, target: Target, created: int) -> None:
        super().__init__(target.max_event)
        self._build = Builder(created, model=target.model)
        custom = _custom_names(request.body)
        self._answer = Answer(self._build, target.max_answer, target, custom)
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

    def _read(self, run: Run, chunks: list[Chunk]) -> None:
        headers, payloads = run.headers, run.payloads
        if headers.get(":event-type") != piece.DELTA or headers.get(":message-type") != "event":
            super()._read(run, chunks)
            return
        at = 0
        if len(payloads) > 1:
            for index, texts in piece.texts(payloads):
                end = at + len(texts)
                self._write(index, texts, Run(headers, payloads[at:end]), chunks)
                at = end
        for payload in payloads[at:]:
            chunks += self._say(headers, payload)

    def _write(self, index: int, texts: list[str], run: Run, chunks: list[Chunk]) -> None:
        """Add what pieces of text for one block say: together, where it is open, or once the first of them opens it.

        Args:
            index: The block's.
            texts: The pieces.
            run: The events that brought them.
            chunks: Get what they say.
        """
        headers, payloads = run.headers, run.payloads
        said = self._answer.write(index, texts)
        if said is None:
            # No block of text is open: this needs a look at the whole event, which may open one.
            chunks += self._take(headers, payloads.pop(0))
            said = self._answer.write(index, texts[1:])
        if said is not None:
            self._events += len(payloads)
            chunks += said
            return
        for payload in payloads:
            chunks += self._say(headers, payload)

    def _say(self, headers: Mapping[str, Value], payload: bytes) -> list[Chunk]:
        """Take one delta: a piece of text, or anything else."""
        said = piece.read(payload)
        # An event counts even where what it says is too much.
        self._events += 1
        told = self._answer.say(*said) if said is not None else None
        if told is None:
            self._events -= 1
            return self._take(headers, payload)
        return told

    def _event(self, name: object, value: Json, payload: bytes) -> list[Chunk]:
        if self._events == 1:
            # The provider gives no id; its padding makes no two first events alike.
            seed = b"%d/%b" % (self._build.created, payload)
            self._build.id = f"chatcmpl-{sha256(seed).hexdigest()[:24]}"
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
        fields = value.get("additionalModelResponseFields")
        chunks = self._answer.end(value.get("stopReason"), fields)
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
