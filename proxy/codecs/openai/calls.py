"""Tool calls of one choice: dense indexes, one id and one name each, arguments that are text.

Servers leave the index out, begin at 1, use one index for two calls, repeat id and name in every piece, send arguments
as objects or before the name, or give no id at all.

Invariant: indexes that come out count from 0 without a gap; what needed no change is returned as the very object that
came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from proxy.codecs.openai.seed import Seed
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json

MAX_CALLS: Final = 1024
"""Tool calls of one choice; real answers have dozens at the most."""

_PIECE: Final = {"index", "function"}
_ARGUMENTS: Final = {"arguments"}


@dataclass(slots=True)
class _Slot:
    index: int
    id: str
    name: str
    has_id: bool
    """Whether the server gave the id; one that we made up does not tell calls apart."""
    custom: bool
    filled: bool = False
    """Whether any piece of its arguments has come."""
    early: list[str] = field(default_factory=list)
    """Those that came before its name, in pieces: readers want the name first."""


class Calls:
    """The tool calls of one choice of a stream.

    Args:
        seed: Its text is what no other choice of any answer has; ids are made up from it where the server gives none.
    """

    __slots__ = (
        "_by_key",
        "_seed",
        "_slots",
    )

    def __init__(self, seed: Seed | str) -> None:
        self._seed = seed
        self._slots: list[_Slot] = []
        self._by_key: dict[int, _Slot] = {}

    def __bool__(self) -> bool:
        return bool(self._slots)

    def take(self, calls: object) -> list[Json]:
        """Read the `tool_calls` of one delta.

        Raises:
            ProxyError: MALFORMED, where they are no list of objects or there are too many.
        """
        if not isinstance(calls, list):
            raise _malformed(f"tool_calls is {jsons.name_of(calls)}, not an array")
        taken = [self._one(call) for call in calls]
        clean = all(new is old for new, old in zip(taken, calls, strict=True))
        return calls if clean else taken

    def fill(self, calls: list[Json]) -> list[Json]:
        """The choice ends: give `{}` to each call without arguments, in `calls` where it is opened there."""
        bare = {slot.index for slot in self._slots if not slot.filled and not slot.custom}
        early = [slot for slot in self._slots if slot.early]
        for slot in early:
            function = {"arguments": "".join(slot.early)}
            calls = [*calls, {"index": slot.index, "function": function}]
            slot.early = []
        if not bare:
            return calls
        filled = []
        for call in calls:
            if call.get("index") in bare:
                bare.discard(call["index"])
                call = {**call, "function": {**(call.get("function") or {}), "arguments": "{}"}}  # noqa: PLW2901 (the same call, filled)
            filled.append(call)
        return filled + [
            {"index": index, "function": {"arguments": "{}"}} for index in sorted(bare)
        ]

    def _one(self, call: object) -> Json:
        if not isinstance(call, dict):
            raise _malformed(f"a tool call is {jsons.name_of(call)}, not an object")
        slot = self._find(call)
        return self._open(call) if slot is None else self._continue(slot, call)

    def _find(self, call: Json) -> _Slot | None:
        """The slot that a piece belongs to; None where it opens one."""
        key, mark, name = call.get("index"), call.get("id"), _name(call)
        if isinstance(key, int):
            if not 0 <= key < MAX_CALLS:
                raise _malformed(f"tool call index {key}; at most {MAX_CALLS} calls are read")
            slot = self._by_key.get(key)
            return None if slot is None or _is_another(slot, mark, name) else slot
        if mark:
            return next((slot for slot in self._slots if slot.id == mark), None)
        return self._slots[-1] if self._slots and not name else None

    def _open(self, call: Json) -> Json:
        if len(self._slots) >= MAX_CALLS:
            raise _malformed(f"more than {MAX_CALLS} tool calls")
        index = len(self._slots)
        new = opening(call, f"{self._seed}/{index}")
        if call.get("index") != index:
            new = {**new, "index": index}
        slot = _Slot(index, new["id"], _name(new), call.get("id") == new["id"], "custom" in new)
        arguments = (new.get("function") or {}).get("arguments")
        slot.filled = bool(arguments)
        if arguments and not slot.name:
            slot.early.append(arguments)
            new = {**new, "function": {**new["function"], "arguments": ""}}
        self._slots.append(slot)
        key = call.get("index")
        self._by_key[key if isinstance(key, int) else index] = slot
        return new

    def _continue(self, slot: _Slot, call: Json) -> Json:
        function = call.get("function")
        if slot.custom and not function:
            piece = {key: value for key, value in call.items() if key not in {"id", "type"}}
            return {**piece, "index": slot.index}
        new = self._piece(slot, function if isinstance(function, dict) else {})
        slot.filled = slot.filled or bool(new.get("arguments"))
        if not slot.name or slot.early:
            new = _in_order(slot, new)
        if new is function and call.keys() == _PIECE and call["index"] == slot.index:
            return call
        extra = {key: value for key, value in call.items() if key not in {"id", "type"}}
        return {**extra, "index": slot.index, "function": new}

    def _piece(self, slot: _Slot, function: Json) -> Json:
        if function.keys() == _ARGUMENTS and isinstance(function["arguments"], str):
            return function
        new = {key: value for key, value in function.items() if key != "name"}
        if "arguments" in new:
            new["arguments"] = argument_text(new["arguments"])
        name = function.get("name")
        if isinstance(name, str) and name and name != slot.name:
            # A name that comes late, or in pieces: clients put the pieces together.
            slot.name += name
            new["name"] = name
        return new


def _in_order(slot: _Slot, piece: Json) -> Json:
    """A piece of a call whose name comes late: its arguments wait for that."""
    slot.early.append(piece.get("arguments", ""))
    if not slot.name:
        return {**piece, "arguments": ""}
    arguments, slot.early = "".join(slot.early), []
    return {**piece, "arguments": arguments}


def opening(call: Json, seed: str) -> Json:
    """Complete a whole tool call, or the piece that opens one: id, type, arguments as text."""
    fixed: Json = {}
    mark = call.get("id")
    if not isinstance(mark, str) or not mark:
        fixed["id"] = f"call_{sha256(seed.encode('utf-8', 'replace')).hexdigest()[:24]}"
    function = call.get("function")
    is_custom = function is None and isinstance(call.get("custom"), dict)
    if not call.get("type"):
        fixed["type"] = "custom" if is_custom else "function"
    if not is_custom and (new := _function(function)) is not function:
        fixed["function"] = new
    return {**call, **fixed} if fixed else call


def argument_text(arguments: Any) -> str:
    """Arguments as the JSON text that clients parse; null is none."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else jsons.encode(arguments).decode()


def _function(function: object) -> Json:
    if not isinstance(function, dict):
        return {"name": "", "arguments": ""}
    new = function
    if not isinstance(function.get("arguments", ""), str):
        new = {**new, "arguments": argument_text(function["arguments"])}
    if not isinstance(function.get("name", ""), str):
        new = {key: value for key, value in new.items() if key != "name"}
    return new


def _name(call: Json) -> str:
    function = call.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else ""


def _is_another(slot: _Slot, mark: object, name: str) -> bool:
    """Whether a piece under a slot's index belongs to a call of its own."""
    if mark and slot.has_id:
        return mark != slot.id
    # Who has no name yet may still get one.
    return bool(name and slot.name and slot.filled and name != slot.name)


def _malformed(what: str) -> ProxyError:
    return ProxyError(Kind.MALFORMED, f"the provider sent {what}")
