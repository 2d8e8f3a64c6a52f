"""Watches what a chat encoder says, and tells where it is not what an OpenAI client can rely on.

What it holds an answer to: a role in the first chunk of a choice and in no other; choices and tool calls opened in order
and without gaps; one finish per choice and nothing after it; arguments that are JSON by then; usage at most once, in a
last chunk without choices; one `id`, `created` and `model`; `[DONE]` only after every finish, and nothing after an end.

Not watched is what no encoder writes: a stream that is passed on whole (`surfaces/chat/whole_stream.py`). Its reader,
`codecs/openai/whole_stream.py`, takes only the one plain form in which nothing of this can be wrong, and leaves every other
stream to the encoder; a test has streams of either kind, some of them spoilt, passed on and looked at here.

Invariant: it looks and never edits; each breach is told once per answer.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum, unique
from typing import Any, Final, NoReturn, TypeAlias

from proxy.core import jsons
from proxy.core.fold import CUT_SHORT
from proxy.core.shape import Chunk, ChunkChoice, Delta, ToolCallDelta


@unique
class Violation(StrEnum):
    """A breach of the stream's form; the value is the label that metrics show."""

    IDENTITY = "identity_changed"
    ROLE_MISSING = "role_missing"
    ROLE_REPEATED = "role_repeated"
    CHOICE_ORDER = "choice_order"
    AFTER_FINISH = "after_finish"
    TOOL_ORDER = "tool_order"
    TOOL_REPEATED = "tool_repeated"
    ARGUMENTS = "arguments"
    LIST_INDEX = "list_index"
    USAGE = "usage"
    UNFINISHED = "unfinished"
    AFTER_END = "after_end"


OnViolation: TypeAlias = Callable[[Violation], None]
"""Told of each breach: tests raise, production counts."""


_NOTHING_TOLD: Final[frozenset[Violation]] = frozenset()
_NO_LISTS: Final[frozenset[str]] = frozenset()


class InvariantError(AssertionError):
    """A chat encoder said what an OpenAI client cannot rely on."""


def refuse(violation: Violation) -> NoReturn:
    """The `OnViolation` of tests.

    Raises:
        InvariantError: always.
    """
    raise InvariantError(violation.value)


class Checked:
    """Follows one answer. `chunk` for each chunk that goes out, then `done` or `late`.

    Args:
        on_violation: Told of each kind of breach once.
    """

    __slots__ = (
        "_ended",
        "_identity",
        "_on_violation",
        "_told",
        "_usage",
        "_voices",
    )

    def __init__(self, on_violation: OnViolation) -> None:
        self._on_violation = on_violation
        self._told: frozenset[Violation] = _NOTHING_TOLD
        self._identity: tuple[object, ...] | None = None
        self._voices: list[_Voice] = []
        self._usage = False
        self._ended = False

    def chunk(self, chunk: Chunk) -> None:
        """Look at a chunk that is about to go out."""
        if self._ended:
            self._tell(Violation.AFTER_END)
        identity = (chunk.get("id"), chunk.get("created"), chunk.get("model"))
        if self._identity is None:
            self._identity = identity
        elif identity != self._identity:
            self._tell(Violation.IDENTITY)
        choices = chunk.get("choices") or ()
        if self._usage or (choices and chunk.get("usage")):
            self._tell(Violation.USAGE)
        self._usage = self._usage or bool(chunk.get("usage"))
        voices = self._voices
        for choice in choices:
            index = choice.get("index", -1)
            if 0 <= index < len(voices):
                voices[index].take(choice)
            else:
                self._open(choice, index)

    def done(self) -> None:
        """Look back before `[DONE]`."""
        if self._ended:
            self._tell(Violation.AFTER_END)
        self._ended = True
        if not all(voice.finished for voice in self._voices):
            self._tell(Violation.UNFINISHED)

    def late(self) -> None:
        """An error event ends the answer."""
        if self._ended:
            self._tell(Violation.AFTER_END)
        self._ended = True

    def _open(self, choice: ChunkChoice, index: int) -> None:
        if index != len(self._voices):
            self._tell(Violation.CHOICE_ORDER)
            return
        self._voices.append(_Voice(self._tell))
        self._voices[index].take(choice)

    def _tell(self, violation: Violation) -> None:
        if violation not in self._told:
            self._told |= {violation}
            self._on_violation(violation)


class _Voice:
    """One choice of the answer."""

    __slots__ = ("_arguments", "_begun", "_names", "_tell", "finished", "opened")

    def __init__(self, tell: OnViolation) -> None:
        self._tell = tell
        self.opened = False
        self.finished = False
        self._arguments: list[list[str] | None] = []
        """Pieces of each call's arguments; None for a call that is not a function's."""
        self._names: list[str] = []
        self._begun: frozenset[str] = _NO_LISTS
        """Names of the lists that have begun; what goes on after that needs an index."""

    def take(self, choice: ChunkChoice) -> None:
        if self.finished:
            self._tell(Violation.AFTER_FINISH)
        delta = choice.get("delta") or {}
        if "role" in delta:
            if self.opened:
                self._tell(Violation.ROLE_REPEATED)
        elif not self.opened:
            self._tell(Violation.ROLE_MISSING)
        self.opened = True
        if list in map(type, delta.values()):
            self._lists_of(delta)
        if choice.get("finish_reason"):
            self._finish(choice["finish_reason"])

    def _lists_of(self, delta: Delta) -> None:
        for name, value in delta.items():
            if name == "tool_calls":
                for call in delta["tool_calls"] or ():
                    self._call(call)
            elif isinstance(value, list):
                if name in self._begun and any(_unplaced(entry) for entry in value):
                    self._tell(Violation.LIST_INDEX)
                self._begun |= {name}

    def _call(self, call: ToolCallDelta) -> None:
        slot = call.get("index", -1)
        if not 0 <= slot <= len(self._arguments):
            self._tell(Violation.TOOL_ORDER)
            return
        function = call.get("function")
        if slot == len(self._arguments):
            if not call.get("id"):
                self._tell(Violation.TOOL_ORDER)
            self._arguments.append(None if function is None else [])
            self._names.append("")
        elif call.get("id"):
            self._tell(Violation.TOOL_REPEATED)
        pieces = self._arguments[slot]
        if pieces is not None and function is not None:
            pieces.append(function.get("arguments") or "")
            self._named(slot, function.get("name") or "")

    def _named(self, slot: int, name: str) -> None:
        """A name may come in pieces, but not twice."""
        if name and name == self._names[slot]:
            self._tell(Violation.TOOL_REPEATED)
        self._names[slot] += name

    def _finish(self, reason: str | None) -> None:
        self.finished = True
        if reason not in CUT_SHORT:
            for pieces in self._arguments:
                if pieces is not None and not _is_json("".join(pieces)):
                    self._tell(Violation.ARGUMENTS)
        self._arguments.clear()


def _unplaced(entry: Any) -> bool:
    return isinstance(entry, dict) and "index" not in entry


def _is_json(text: str) -> bool:
    try:
        jsons.decode(text.encode(errors="replace"))
    except jsons.JsonError:
        return False
    return True
