"""Takes frames that differ in their text alone from one that the reader of frames has just read, whatever else they say.

Servers say more in a frame of text than OpenAI does: a role each time, what a filter found, why they are slow. No list of
that is ever whole, so the form is learned. What was made of one frame would be made of each that is like it.

Invariant: a frame is learned only where reading another like it would change nothing in what its reader remembers, and it
counts until that reader reads another one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

from proxy.codecs.event_template import EventTemplate, Run, texts_of
from proxy.codecs.openai.text_runs import (
    DATA,
    END,
    ESCAPE,
    NOTHING,
    RUN,
    TextRun,
    ends_of,
    text_of_run,
)
from proxy.core import jsons
from proxy.core.shape import Chunk

_BECOMES: Final = {
    "content": "content",
    "reasoning_content": "reasoning_content",
    "reasoning": "reasoning_content",
    "arguments": "tool_calls",
}
"""What is made of each text of a frame: a member of a delta."""
_MUTE: Final = frozenset({"role", "channel"})
"""Members of a delta that say nothing by themselves."""
_OTHER: Final = frozenset({"base_resp", "error", "firstbyte", "x_groq"})
"""Members of a frame that are looked into."""
_PADDING: Final = frozenset({"obfuscation", "p"})
_PIECE: Final = frozenset({"index", "function"})
_MARK: Final = "\0"
"""Stands for the text while the rest is encoded."""
_Around: TypeAlias = tuple[bytes, bytes]


class _Function(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    arguments: str


class _Call(jsons.Struct, frozen=True, gc=False):
    function: _Function


class _Delta(jsons.Struct, frozen=True, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[_Call] | None = None

    def texts(self) -> list[tuple[str, str]]:
        """What it says, and the names of the members that say it."""
        said = [(name, text) for name in _PLAIN if (text := getattr(self, name))]
        return said + [("arguments", call.function.arguments) for call in self.tool_calls or ()]


class _Choice(jsons.Struct, frozen=True, gc=False):
    delta: _Delta


class _Frame(jsons.Struct, frozen=True, gc=False):
    choices: tuple[_Choice]


_PLAIN: Final = ("content", "reasoning_content", "reasoning")
_read: Final = jsons.Form(_Frame).read


class LearnedForm(NamedTuple):
    """What a frame has in common with those that are like it."""

    template: EventTemplate
    chunk: Chunk
    """What was made of it, its padding aside."""
    kind: str
    """The member of its delta that is text."""
    around: _Around | None
    """What stands before and after the text in the frames that go out; None where they go out as they came."""

    def take(self, data: bytes, at: int) -> TextRun:
        """Take the frames from a place of a read on that are like it."""
        around, run = self.around, self._run(data, at)
        if run is None:
            return NOTHING
        if around is None:
            text, payload = text_of_run(run), data[at : run.end]
        else:
            text, payload = _rewritten(run, around)
        if text is None:
            return NOTHING
        chunk = _with(self.chunk, self.kind, text)
        chunk["native"] = {"dialect": RUN, "payload": payload}
        return TextRun(chunk, len(run.texts), run.end - at)

    def _run(self, data: bytes, at: int) -> Run | None:
        template = self.template
        run = (None if at else template.all_of(data)) or template.run(data, at)
        while run is not None and (more := template.run(data, run.end)) is not None:
            # A template looks at so much of a long read together.
            run = Run(more.end, [*run.texts, *more.texts], [*run.extras, *more.extras])
        return run


def learned_from(line: bytes, chunk: Chunk, names: frozenset[str]) -> LearnedForm | None:
    """What a frame has in common with others; None where it says more than a text, or its text is not to be found as it is.

    Args:
        line: Its one line, without an end.
        chunk: What the reader of frames has made of it, in the midst of an answer of one choice.
        names: The texts that no correction looks at.
    """
    kind = _kind_of(chunk)
    name, text = _said(line) if kind else ("", "")
    if not text or name not in names or _BECOMES[name] != kind:
        return None
    if _with(chunk, kind, text)["choices"] != chunk["choices"]:
        return None
    native = chunk.get("native")
    around = _around(chunk, kind) if native is None else None
    if around is None and (native is None or line != DATA + native["payload"]):
        return None
    is_padded = native is not None and not _PADDING.isdisjoint(chunk)
    ends = ends_of(line + END, name, text, is_padded=is_padded)
    if ends is None:
        return None
    same: Any = {member: value for member, value in chunk.items() if member not in _PADDING}
    return LearnedForm(EventTemplate(*ends), same, kind, around)


def _rewritten(run: Run, around: _Around) -> tuple[str | None, bytes]:
    """What a run says, and its frames as they go out."""
    head, tail = around
    texts = texts_of(run.texts)
    if texts is None:
        return None, b""
    payload = b"".join((head, (tail + head).join(jsons.encode_lines(texts)), tail))
    return "".join(texts), payload


def _kind_of(chunk: Chunk) -> str:
    """The member of its one delta that is text; empty where it says more, or less, or what some callers may not have."""
    choices: Any = chunk["choices"]
    if len(choices) != 1 or chunk.get("usage") or not _OTHER.isdisjoint(chunk):
        return ""
    choice, delta = choices[0], choices[0]["delta"]
    if choice.get("finish_reason") or choice.get("logprobs") or choice["index"] is False:
        return ""
    kinds = [name for name, value in delta.items() if value and name not in _MUTE]
    return kinds[0] if len(kinds) == 1 and "thinking_blocks" not in delta else ""


def _said(line: bytes) -> tuple[str, str]:
    """The one text of a frame and the name of its member; nothing where it has several."""
    frame = _read(line[len(DATA) :])
    texts = frame.choices[0].delta.texts() if frame is not None else []
    return texts[0] if len(texts) == 1 else ("", "")


def _with(chunk: Chunk, kind: str, text: str) -> Chunk:
    """The chunk with another text."""
    choice: Any = chunk["choices"][0]
    delta = choice["delta"]
    said: Any = text
    if kind == "tool_calls":
        piece = {name: value for name, value in delta[kind][0].items() if name in _PIECE}
        said = [{**piece, "function": {"arguments": text}}]
    changed: Any = {**chunk, "choices": [{**choice, "delta": {**delta, kind: said}}]}
    return changed  # type: ignore[no-any-return]


def _around(chunk: Chunk, kind: str) -> _Around | None:
    """What stands before and after the text of a chunk; None where the text could stand elsewhere too."""
    line = jsons.encode(_with(chunk, kind, _MARK))
    head, _, tail = line.partition(jsons.encode(_MARK))
    # With a lone surrogate in it, all of it would have been written in another way.
    return None if ESCAPE in head + tail else (b"data: " + head, tail + b"\n\n")
