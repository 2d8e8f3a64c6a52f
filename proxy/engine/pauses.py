"""An answer of several turns: a provider whose own tools have worked for long stops in the middle, and goes on when it is
sent what it has said so far. To the caller it is one answer.

Invariant: the caller sees one role, one id and one finish; tokens of all turns are counted; nobody is asked for ever.
Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, cast

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.plain.edited import EditedStream
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.fold import unfold
from proxy.core.shape import Chunk, ChunkChoice, Completion, HttpCall, Json
from proxy.core.usage import Usage

MOST: Final = 8
"""Times that a provider is asked to go on; each is ten rounds of its tools."""


class Pauses:
    """What the turns of one answer have in common.

    Args:
        call: The first of them, as it went out.
    """

    def __init__(self, call: HttpCall) -> None:
        self._call = call
        self._content: list[Json] = []
        self._times = 0
        self._build: Builder | None = None
        """Of the first turn's id; None until it began."""
        self._written = 0
        """Characters of text so far."""
        self._before = 0
        """Those of them that the turns said which are over."""
        self._waits = False
        self.usage: Usage | None = None
        """What the turns used that are over."""

    def again(self) -> HttpCall | None:
        """The call that lets it go on; None where it has said all."""
        if not self._waits:
            return None
        self._waits = False
        members = jsons.split(self._call.body)
        messages = jsons.decode(bytes(members["messages"]))
        said = {"role": "assistant", "content": self._content}
        members["messages"] = jsons.raw([*messages, said])
        return replace(self._call, body=jsons.join(members))

    def stream(self, decoder: StreamDecoder) -> StreamDecoder:
        """A decoder of the next turn."""
        return _Turn(decoder, self)

    def whole(self, completion: Completion) -> list[Chunk]:
        """The next turn, which came whole, in chunks."""
        chunks = unfold(completion)
        if "paused" in completion:
            last: Json = {"usage": completion.get("usage"), "paused": completion["paused"]}
            chunks = [*filter(_says, chunks), cast("Chunk", last)]
        return self.told(chunks)

    def told(self, chunks: Iterable[Chunk]) -> list[Chunk]:
        """What the caller gets of some of a turn's chunks."""
        return [new for chunk in chunks for new in self._told(chunk)]

    def _told(self, chunk: Chunk) -> list[Chunk]:
        if self._build is None:
            created, name = chunk.get("created", 0), chunk.get("id", "")
            self._build = Builder(created, name, chunk.get("model", ""))
        if "paused" in chunk:
            return self._pause(chunk, self._build)
        if self._times:
            chunk = self._further(chunk, self._build)
        for choice in chunk.get("choices") or ():
            self._written += len((choice.get("delta") or {}).get("content") or "")
        return [chunk]

    def _pause(self, chunk: Chunk, build: Builder) -> list[Chunk]:
        self._content = [*self._content, *chunk["paused"]]
        self.usage = self._sum(chunk.get("usage"))
        self._times += 1
        self._before = self._written
        self._waits = self._times <= MOST
        if self._waits:
            return []
        last = [build.finish("stop")]
        return [*last, build.usage(self.usage)] if self.usage else last

    def _further(self, chunk: Chunk, build: Builder) -> Chunk:
        """A chunk of a turn that is not the first."""
        choices = [self._choice(choice) for choice in chunk.get("choices") or ()]
        rest = {name: value for name, value in chunk.items() if name != "native"}
        same = {"id": build.id, "created": build.created, "model": build.model}
        new: Json = {**rest, **same, "choices": choices}
        if (usage := chunk.get("usage")) and (used := self._sum(usage)):
            new["usage"] = used.wire()
        return cast("Chunk", new)

    def _choice(self, choice: ChunkChoice) -> ChunkChoice:
        delta = {
            name: value for name, value in (choice.get("delta") or {}).items() if name != "role"
        }
        if notes := delta.get("annotations"):
            by = self._before
            delta["annotations"] = [moved(note, by) for note in cast("list[Json]", notes)]
        return cast("ChunkChoice", {**choice, "delta": delta})

    def _sum(self, usage: Json | None) -> Usage | None:
        read = Usage.read(usage)
        if read is None or self.usage is None:
            return read or self.usage
        return self.usage + read


class _Turn(EditedStream):
    """A decoder of one turn."""

    def __init__(self, decoder: StreamDecoder, pauses: Pauses) -> None:
        super().__init__(decoder)
        self._pauses = pauses

    @property
    def told(self) -> Usage | None:
        """What was told of usage before the end, with that of the turns before."""
        told, before = self._decoder.told, self._pauses.usage
        return told + before if told and before else told or before

    def feed(self, data: bytes) -> list[Chunk]:
        """Take what one read brought."""
        return self._pauses.told(self._decoder.feed(data))

    def finish(self) -> list[Chunk]:
        """The provider closed: give what is left."""
        return self._pauses.told(self._decoder.finish())


def _says(chunk: Chunk) -> bool:
    """Whether it neither ends the answer nor tells its usage."""
    choices = chunk.get("choices") or []
    return bool(choices) and not any(choice.get("finish_reason") for choice in choices)


def moved(note: Json, by: int) -> Json:
    """A citation of a text that stands so many characters behind the beginning of its answer."""
    cited: Any = note.get("url_citation") if isinstance(note, dict) else None
    if not isinstance(cited, dict):
        return note
    places = {name: cited.get(name) for name in ("start_index", "end_index")}
    span = {name: at + by for name, at in places.items() if isinstance(at, int)}
    return {**note, "url_citation": {**cited, **span}}
