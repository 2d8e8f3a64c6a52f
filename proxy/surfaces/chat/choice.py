"""One choice of a streamed answer, kept in the form that OpenAI's SDKs can add up.

They concatenate what is repeated and insert lists by `index`, so a role said twice, a list entry without an index or a
call without arguments breaks them; providers send all three.

Invariant: a chunk's choice that needs no edit is handed on as the very object that came.
Source: the accumulator of the openai package 3.52, `lib/streaming` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final, cast

from proxy.core.fold import CUT_SHORT, NO_ARGUMENTS
from proxy.core.shape import ChunkChoice, Delta, ToolCallDelta
from proxy.surfaces.chat.functions import FINISH, delta_with_function_call

SEARCHES: Final = "web_searches"
"""What chat callers are not told: they have the sources as annotations."""
_BARE: Final = frozenset({"index", "delta", "finish_reason", "logprobs"})


class ChoiceForm:
    """Brings the chunks of one choice into form.

    Args:
        index: The choice's index.
        legacy: The caller knows `function_call` and no tool calls.
        thinking: The caller wants `thinking_blocks`.
    """

    __slots__ = (
        "_called",
        "_counts",
        "_legacy",
        "_silent",
        "_thinking",
        "finished",
        "index",
        "opened",
    )

    def __init__(self, index: int, *, legacy: bool, thinking: bool) -> None:
        self.index = index
        self.opened = False
        self.finished = False
        self._legacy = legacy
        self._thinking = thinking
        self._called = False
        self._silent: dict[int, None] = {}
        """Tool slots that are open and have no arguments yet, in order."""
        self._counts: dict[str, int] = {}
        """Entries so far of each list whose entries come without an index."""

    @property
    def flows(self) -> bool:
        """Whether more text needs no edit and changes nothing here."""
        return self.opened and not self.finished

    def opens_plainly(self) -> None:
        """A delta that is nothing but the role went out as it came."""
        self.opened = True

    def ends_plainly(self) -> bool:
        """Whether a finish reason alone may go out as it came: no call waits for its arguments. Then it has."""
        self.finished = not self._silent
        return self.finished

    def open(self) -> ChunkChoice:
        """The role, for a choice of which nothing else is known yet."""
        self.opened = True
        return self._choice({"role": "assistant", "content": ""})

    def take(self, choice: ChunkChoice) -> tuple[ChunkChoice, ...]:
        """What to send for a provider's choice: mostly itself; nothing once the choice has finished."""
        if self.finished:
            return ()
        came = choice.get("delta")
        delta = self._listed(self._roled(came if isinstance(came, dict) else {}))
        reason = choice.get("finish_reason")
        self._follow(delta)
        before = self._settled() if reason and reason not in CUT_SHORT else ()
        self.finished = bool(reason)
        if before and delta.get("tool_calls"):
            # The last call opened in the finishing chunk itself: its delta goes first, then the arguments, then the end.
            before = (self._choice(self._old(delta)), *before)
            delta = {}
        delta = self._old(delta)
        if self._legacy and reason in FINISH:
            return (*before, {**choice, "delta": delta, "finish_reason": FINISH[reason]})
        if delta is came:
            return (*before, choice)
        if (
            not delta
            and not reason
            and came
            and choice.keys() <= _BARE
            and not choice.get("logprobs")
        ):
            return ()
        return (*before, {**choice, "delta": delta})

    def close(self) -> tuple[ChunkChoice, ...]:
        """The end of a choice that a provider's proper end left open."""
        reason = "tool_calls" if self._called else "stop"
        return self.take({"index": self.index, "delta": {}, "finish_reason": reason})

    def _roled(self, delta: Delta) -> Delta:
        """The role in the first delta and in no other."""
        if self.opened:
            if "role" not in delta:
                return delta
            return _without(delta, "role")
        self.opened = True
        if delta.get("role") == "assistant":
            return delta
        return cast(Delta, {"role": "assistant", **_without(delta, "role")})

    def _listed(self, delta: Delta) -> Delta:
        """No thinking blocks unless wanted, no searches, and an index on the objects of every list that goes on."""
        if "thinking_blocks" in delta and not self._thinking:
            delta = _without(delta, "thinking_blocks")
        if list not in map(type, delta.values()):
            return delta
        if SEARCHES in delta:
            delta = _without(delta, SEARCHES)
        numbered: dict[str, Any] = {}
        for name, entries in delta.items():
            if name != "tool_calls" and isinstance(entries, list) and _lack_index(entries):
                first = self._counts.get(name, 0)
                self._counts[name] = first + len(entries)
                if first:
                    numbered[name] = [{"index": first + at, **e} for at, e in enumerate(entries)]
        return cast(Delta, {**delta, **numbered}) if numbered else delta

    def _follow(self, delta: Delta) -> None:
        for call in delta.get("tool_calls") or ():
            self._called = True
            function, slot = call.get("function"), call.get("index", 0)
            if function is None or call.get("type") == "custom":
                continue
            if function.get("arguments"):
                self._silent.pop(slot, None)
            elif call.get("id"):
                self._silent[slot] = None

    def _settled(self) -> tuple[ChunkChoice, ...]:
        """Empty arguments for the calls that got none: an SDK parses what it has."""
        silent = tuple(self._silent)
        self._silent.clear()
        calls: list[ToolCallDelta] = [
            {"index": slot, "function": {"arguments": NO_ARGUMENTS}} for slot in silent
        ]
        return tuple(self._choice(self._old({"tool_calls": [call]})) for call in calls)

    def _old(self, delta: Delta) -> Delta:
        return (
            delta_with_function_call(delta) if self._legacy and delta.get("tool_calls") else delta
        )

    def _choice(self, delta: Delta) -> ChunkChoice:
        return {"index": self.index, "delta": delta, "finish_reason": None}


def _without(delta: Delta, name: str) -> Delta:
    return cast(Delta, {k: v for k, v in delta.items() if k != name})


def _lack_index(entries: list[Any]) -> bool:
    """Whether all are objects and none says where it belongs."""
    return bool(entries) and all(isinstance(e, dict) and "index" not in e for e in entries)
