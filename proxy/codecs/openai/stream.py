"""Reads a streamed chat answer and undoes, frame by frame, what compatible servers do differently.

A frame that needed no change is passed on with its own bytes as `native`; one that did becomes a new chunk without.
The end is a finish reason on every choice, or `[DONE]` after output; nothing else is.

Invariant: `id`, `created` and `model` are the same in every chunk; usage is passed on as it comes and never added up;
what was said before a failure is not lost once the answer has begun.
Source: https://platform.openai.com/docs/api-reference/chat-streaming (read 2026-11-20).
"""

from __future__ import annotations

from operator import is_
from typing import Any, Final

from proxy.codecs import faults
from proxy.codecs.event_reader import EventReader
from proxy.codecs.event_template import LONGEST, EventTemplate
from proxy.codecs.openai.choice import StreamedChoice
from proxy.codecs.openai.edge_frames import EdgeChoice, EdgeFrame, edge_of
from proxy.codecs.openai.learned_form import LearnedForm, learned_from
from proxy.codecs.openai.seed import Seed
from proxy.codecs.openai.text_runs import DATA, END, ESCAPE, NOTHING, TextRuns
from proxy.codecs.openai.tokens import usage_of
from proxy.codecs.vendors.corrections import corrections_for
from proxy.codecs.vendors.registry import Reader
from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.core.output import is_output
from proxy.core.shape import INNER, Chunk, Json, Target
from proxy.wire.sse import SseDecoder

_DONE: Final = b"[DONE]"
MAX_CHOICES: Final = 128
_MAX_HELD: Final = 16
_MOST_LET: Final = 15
"""Frames that are let by, where none was like the last that were looked at: some streams have no two that are alike."""
_OBJECT: Final = "chat.completion.chunk"
_SUSPECT: Final = frozenset({"error", "base_resp", "x_groq"})
"""Members that may say that a frame with choices is a failure all the same."""


class OpenAIStream(EventReader):
    """The decoder of one stream.

    Args:
        target: Whose answer it is.
        created: Seconds since 1970, where the provider gives none.
        asked: Choices that the caller asked for.
        readers: What the protocol itself needs of corrections; those of the target's quirks come after them.
        of_calls: What it needs of those that change nothing but tool calls.
    """

    __slots__ = (
        "_asked",
        "_build",
        "_choices",
        "_corrections",
        "_done",
        "_events",
        "_held",
        "_lets",
        "_like",
        "_rest",
        "_seed",
        "_settled",
        "_spoke",
        "_sse",
        "_takes_runs",
        "_target",
        "_text_runs",
        "_tier",
    )

    def __init__(
        self,
        target: Target,
        created: int,
        asked: int = 1,
        readers: tuple[Reader, ...] = (),
        of_calls: tuple[Reader, ...] = (),
    ) -> None:
        super().__init__()
        self._sse = SseDecoder(target.max_event)
        self._target = target
        self._asked = max(asked, 1)
        self._corrections = corrections_for(target, readers, of_calls)
        self._build = Builder(created, model=target.model)
        self._settled = False
        self._seed: Seed | None = None
        self._held: list[tuple[Json, list[Json]]] = []
        self._choices: dict[int, StreamedChoice] = {}
        self._done = False
        self._text_runs: TextRuns | None = None
        self._takes_runs = False
        """Whether the last read ended with a run of nothing but text."""
        self._like: LearnedForm | None = None
        """What the last frame has in common with others."""
        self._lets = self._rest = 0
        """Frames that are let by after the next that is looked at for that, and before it."""
        self._tier: str | None = None
        """How the last such run said that it was served."""

    @property
    def ended(self) -> bool:
        """Whether the answer is over: only usage may still come (or a failure that is told by the next call)."""
        return self._done or self._failure is not None or self._finished

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more."""
        return self._done or self._failure is not None

    def more(self, data: bytes) -> int:
        """Take a read that is nothing but more of such text as the last one ended with."""
        text_runs = self._text_runs
        if not self._takes_runs or text_runs is None or len(data) > self._target.max_event:
            return 0
        frames = text_runs.alike(data, self._tier)
        self._events += frames
        return frames

    @property
    def template(self) -> EventTemplate | None:
        """What the frames of text have in common that the last read ended with."""
        cast = self._text_runs.cast if self._takes_runs and self._text_runs is not None else None
        if cast is None or cast.frame.service_tier != self._tier:
            return None
        return cast.template if self._target.max_event >= LONGEST else None

    def _pull(self, data: bytes, chunks: list[Chunk]) -> None:
        self._takes_runs = False
        at = self._ended_in(data, chunks) if len(data) <= self._target.max_event else 0
        if at < len(data):
            self._read(data[at:], chunks)

    def _ended_in(self, data: bytes, chunks: list[Chunk]) -> int:
        """Take the events that end in a read, text all at once and others one by one; where the last of them ends."""
        at, size = 0, len(data)
        rests = self._sse.rests_before(data)
        spare = self._corrections.spare_all
        stands = False
        while at < size:
            flows = rests and not stands and self._flows
            if flows:
                taken = self._run_at(data, at, chunks)
                at += taken
                # What ends a run is none itself.
                self._takes_runs, stands = at == size, True
                if taken:
                    continue
            stands = False
            end = data.find(END, at)
            if end < 0:
                break
            line = data[at:end]
            if rests and line.startswith(DATA) and not (b"\n" in line or b"\r" in line):
                payload = line[6:].strip()
                edge = self._edge(payload) if spare and payload != _DONE else None
                if edge is not None:
                    chunks.append(edge)
                elif flows:
                    self._learn(line, payload, chunks)
                else:
                    self._take(payload, "", chunks)
            else:
                self._read(data[at : end + 2], chunks)
                rests = self._sse.at_rest
            at = end + 2
        return at

    def _read(self, data: bytes, chunks: list[Chunk]) -> None:
        for event in self._sse.feed(data):
            self._take(event.data, event.event, chunks)

    @property
    def _flows(self) -> bool:
        """Whether a frame of nothing but text would be passed on as it is now, without a look at each."""
        if not self._settled or self._done or self._held or len(self._choices) != 1:
            return False
        choice = self._choices.get(0)
        return choice is not None and choice.speaks_plainly and bool(self._corrections.spared)

    def _run_at(self, data: bytes, at: int, chunks: list[Chunk]) -> int:
        """Take the text that begins at a place of a read; how many bytes it was."""
        like = self._like
        chunk, frames, size = NOTHING if like is None else like.take(data, at)
        if chunk is not None:
            self._lets = self._rest = 0
        elif self._corrections.spare_text:
            if self._text_runs is None:
                build = self._build
                self._text_runs = TextRuns(build.id, build.created, build.model)
            chunk, frames, size = self._text_runs.take(data, at)
        if chunk is not None:
            chunks.append(chunk)
            self._events += frames
            self._tier = chunk.get("service_tier")
            self._spoke = True
            self._choices[0].spoke()
        return size

    def _close(self) -> list[Chunk]:
        """The provider closed.

        Raises:
            ProxyError: EMPTY where nothing came, TRUNCATED where the end of the answer did not.
        """
        chunks: list[Chunk] = []
        for event in self._sse.finish():
            if _is_whole(event.data):
                self._take(event.data, event.event, chunks)
        if self._done:
            return chunks
        choices = self._choices.values()
        if len(choices) >= self._asked and all(choice.finish or choice.early for choice in choices):
            self._tell_ends(chunks)
            return chunks
        if not self._events:
            raise faults.no_event(self._sse.stray, faults.event_fault)
        raise ProxyError(
            Kind.TRUNCATED,
            f"the stream was cut after {self._events} events: no finish reason and no terminal event",
        )

    @property
    def _finished(self) -> bool:
        choices = self._choices.values()
        return len(choices) >= self._asked and all(choice.finish for choice in choices)

    def _learn(self, line: bytes, payload: bytes, chunks: list[Chunk]) -> None:
        """Take a frame in the midst of text, and see what those behind it may have in common with it."""
        before = len(chunks)
        self._take(payload, "", chunks)
        if self._rest:
            self._rest -= 1
        elif len(chunks) == before + 1 and ESCAPE not in line:
            self._like = learned_from(line, chunks[-1], self._corrections.spared)
            self._rest, self._lets = self._lets, min(2 * self._lets + 1, _MOST_LET)

    def _take(self, data: bytes, name: str, chunks: list[Chunk]) -> None:
        """Take an event of this name."""
        self._like = None
        payload = data.strip()
        if self._done or not payload:
            return
        if payload.startswith(_DONE):
            self._terminate(chunks)
            return
        try:
            frame = jsons.decode(payload)
        except jsons.JsonError as error:
            if name == "error":
                raise faults.error_event(payload) from None
            raise ProxyError(
                Kind.MALFORMED, f"event {self._events + 1} of the stream is not JSON: {error}"
            ) from None
        self._events += 1
        self._check(frame, name, payload)
        told = self._corrections.frame(frame)
        chunk = self._frame(told, payload, relay=told is frame)
        if chunk is not None:
            chunks += self._released()
            if chunk.get("usage") and not told.get("choices"):
                self._tell_ends(chunks)
            chunks.append(chunk)
            self._spoke = self._spoke or is_output(chunk)

    def _edge(self, payload: bytes) -> Chunk | None:
        """The chunk of a frame that stands around the text, where it is in its place; None for any other."""
        if self._held or self._done:
            return None
        edge = edge_of(payload, is_first=not self._choices)
        if edge is None or not (
            self._chosen(edge, payload) if edge.choices else self._sums_up(edge)
        ):
            return None
        self._events += 1
        chunk: Any = jsons.decode(payload)
        chunk["native"] = {
            "dialect": "openai",
            "payload": payload,
            "is_settled": bool(edge.choices),
        }
        return chunk  # type: ignore[no-any-return]

    def _sums_up(self, edge: EdgeFrame) -> bool:
        waits = any(choice.early for choice in self._choices.values())
        return edge.usage is not None and self._settled and not waits and self._is_ours(edge)

    def _chosen(self, edge: EdgeFrame, payload: bytes) -> bool:
        (choice,) = edge.choices
        if edge.usage is not None:
            return False
        return self._ends(edge, choice) if self._choices else self._opens(edge, choice, payload)

    def _ends(self, edge: EdgeFrame, choice: EdgeChoice) -> bool:
        state = self._choices.get(0)
        reason = choice.finish_reason
        if state is None or reason is None or choice.delta.role or not self._is_ours(edge):
            return False
        if len(self._choices) > 1 or not state.ends_plainly:
            return False
        state.finish = reason
        self._spoke = True
        return True

    def _opens(self, edge: EdgeFrame, choice: EdgeChoice, payload: bytes) -> bool:
        if choice.finish_reason is not None or choice.delta.role is None:
            return False
        is_whole = edge.id and edge.model and edge.created > 0
        if not (self._is_ours(edge) if self._settled else is_whole):
            return False
        self._state(0, self._seed_of(payload)).begin()
        if not self._settled:
            self._settled = True
            build = self._build
            build.id, build.created, build.model = edge.id, edge.created, edge.model
        return True

    def _is_ours(self, edge: EdgeFrame) -> bool:
        build = self._build
        return edge.id == build.id and edge.created == build.created and edge.model == build.model

    def _check(self, frame: Any, name: str, payload: bytes) -> None:
        """Raise where a frame is an error, or nothing that we could read."""
        is_object = isinstance(frame, dict)
        if not is_object or "choices" not in frame or not _SUSPECT.isdisjoint(frame):
            failure = faults.event_fault(frame)
            if failure is not None:
                raise failure
        if name == "error":
            raise faults.error_event(payload)
        if not is_object:
            raise ProxyError(
                Kind.MALFORMED,
                f"event {self._events} of the stream is {jsons.name_of(frame)}, not an object",
            )

    def _frame(self, frame: Json, payload: bytes, *, relay: bool) -> Chunk | None:
        """Turn a frame into a chunk; None where there is nothing to pass on, or not yet."""
        came = frame.get("choices")
        usage = self._corrections.usage(usage_of(frame))
        if came is None:
            came = []
            if not usage:
                return None
        choices = self._read_choices(came, payload)
        if not self._settled and self._waits(frame, choices, usage):
            return None
        self._settle(frame)
        if relay and self._is_clean(frame, choices, usage):
            chunk: Any = frame
            if payload.startswith(b"{") and b"\n" not in payload:
                chunk["native"] = {"dialect": "openai", "payload": payload}
            return chunk  # type: ignore[no-any-return]
        if came and not choices and not usage:
            return None
        return self._changed(frame, choices, usage)

    def _waits(self, frame: Json, choices: list[Json], usage: Json | None) -> bool:
        """Hold back a frame that has no id and says nothing: the next one may have the id that all chunks share."""
        said: Any = {"choices": choices}
        if usage or frame.get("id") or is_output(said) or len(self._held) >= _MAX_HELD:
            return False
        self._held.append((frame, choices))
        return True

    def _settle(self, frame: Json) -> None:
        """Take the answer's identity from the first frame that has one."""
        if self._settled:
            return
        self._settled = True
        build = self._build
        mark, created, model = frame.get("id"), frame.get("created"), frame.get("model")
        build.id = mark if isinstance(mark, str) and mark else f"chatcmpl-{self._seed}"
        if isinstance(created, int) and created > 0:
            build.created = created
        if isinstance(model, str) and model:
            build.model = model

    def _is_clean(self, frame: Json, choices: list[Json], usage: Json | None) -> bool:
        build = self._build
        return (
            frame.get("choices") is choices
            and frame.get("usage") is usage
            and frame.get("id") == build.id
            and frame.get("created") == build.created
            and frame.get("model") == build.model
            and frame.get("object") == _OBJECT
            and INNER.isdisjoint(frame)
        )

    def _changed(self, frame: Json, choices: list[Json], usage: Json | None) -> Chunk:
        build = self._build
        chunk: Any = {
            **frame,
            "id": build.id,
            "object": _OBJECT,
            "created": build.created,
            "model": build.model,
            "choices": choices,
        }
        for name in INNER:
            chunk.pop(name, None)
        if usage is not None or "usage" in frame:
            chunk["usage"] = usage
        return chunk  # type: ignore[no-any-return]

    def _read_choices(self, came: object, payload: bytes) -> list[Json]:
        if not isinstance(came, list):
            raise ProxyError(
                Kind.MALFORMED, f"the provider sent choices that are {jsons.name_of(came)}"
            )
        seed = self._seed_of(payload)
        read = [self._read_choice(choice, seed) for choice in came]
        if all(map(is_, read, came)):
            return came
        return [choice for choice in read if choice is not None]

    def _read_choice(self, choice: object, seed: Seed) -> Json | None:
        if not isinstance(choice, dict):
            raise ProxyError(
                Kind.MALFORMED, f"the provider sent a choice that is {jsons.name_of(choice)}"
            )
        index = choice.get("index")
        if index is None:
            index, choice = 0, {**choice, "index": 0}
        if not isinstance(index, int) or not 0 <= index < MAX_CHOICES:
            raise ProxyError(
                Kind.MALFORMED,
                f"the provider sent a choice with an index that is not from 0 to {MAX_CHOICES - 1}",
            )
        state = self._choices.get(index) or self._state(index, seed)
        return state.take(choice)

    def _state(self, index: int, seed: Seed) -> StreamedChoice:
        """A choice that begins."""
        state = StreamedChoice(seed.of(index), think_tags=self._target.quirks.think_tags)
        self._choices[index] = state
        return state

    def _seed_of(self, payload: bytes) -> Seed:
        if self._seed is None:
            self._seed = Seed(self._build.created, payload)
        return self._seed

    def _terminate(self, chunks: list[Chunk]) -> None:
        """`[DONE]`: the answer is whole if there is one; choices without a finish get one."""
        self._tell_ends(chunks)
        if not self._spoke:
            raise ProxyError(Kind.EMPTY, "the stream ended without any output")
        self._done = True
        for index, choice in sorted(self._choices.items()):
            if choice.finish is None:
                self._close_choice(index, choice, chunks)

    def _tell_ends(self, chunks: list[Chunk]) -> None:
        """Nothing more is said: the reasons that were held back are ends."""
        for index, choice in sorted(self._choices.items()):
            if choice.early is not None:
                self._spoke = True
                chunks += self._released()
                self._close_choice(index, choice, chunks)

    def _close_choice(self, index: int, choice: StreamedChoice, chunks: list[Chunk]) -> None:
        rest, reason = choice.close()
        if rest:
            chunks.append(self._build.delta(rest, index))
        chunks.append(self._build.finish(reason, index))

    def _released(self) -> list[Chunk]:
        if not self._held:
            return []
        held, self._held = self._held, []
        return [self._changed(frame, choices, None) for frame, choices in held]


def _is_whole(data: bytes) -> bool:
    """Whether the last event, which lacks its end, is whole all the same."""
    payload = data.strip()
    if payload == _DONE:
        return True
    try:
        return isinstance(jsons.decode(payload), dict | list)
    except jsons.JsonError:
        return False
