"""Custom tools where a protocol has functions alone: their free text is a function's one argument, and text again in the
answer.

What a stream brings of such a call is held back until the call is whole, because the text is only known then. Calls may
take turns: each is held for itself.

Invariant: what is given is not touched; it comes back as it is where it has no custom tool in it; a call that is to be
run has all of its text.
Source: https://platform.openai.com/docs/guides/function-calling#custom-tools (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.plain.arguments import FREEFORM, freeform_description, freeform_text
from proxy.codecs.plain.edited import EditedStream
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.fold import CUT_SHORT
from proxy.core.shape import (
    ChatRequest,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Json,
    Message,
    ToolCallDelta,
)

_CUSTOM: Final = "custom"
_PARAMETERS: Final = {
    "type": "object",
    "properties": {FREEFORM: {"type": "string", "description": "The whole input, as plain text."}},
    "required": [FREEFORM],
    "additionalProperties": False,
}


def names_of(body: Json) -> frozenset[str]:
    """The names of the custom tools that a chat request brings."""
    tools = body.get("tools")
    customs = [_custom(tool) for tool in tools] if isinstance(tools, list) else []
    return frozenset(str(each["name"]) for each in customs if each and each.get("name"))


def as_functions(body: Json) -> Json:
    """A chat request without custom tools: in its tools, in the choice among them, and in its messages."""
    changes: Json = {}
    for name, change in (("tools", _tools), ("tool_choice", _choice), ("messages", _messages)):
        value = body.get(name)
        new = change(value)
        if new is not value:
            changes[name] = new
    return {**body, **changes} if changes else body


def customs_again(completion: Completion, names: frozenset[str] = frozenset()) -> Completion:
    """A whole answer in which calls with that one argument are calls of custom tools again.

    Args:
        completion: The answer.
        names: The custom tools, where they are known: a call of one stays one whatever the model named its argument.

    Raises:
        ProxyError: MALFORMED where a call that the caller is told to run has lost the rest of its text.
    """
    choices = completion.get("choices") or []
    new = [_spoken(choice, names) for choice in choices]
    if all(one is other for one, other in zip(new, choices, strict=True)):
        return completion
    changed = {name: value for name, value in completion.items() if name != "native"}
    return cast("Completion", {**changed, "choices": new})


def customs_of(completion: Completion, request: ChatRequest) -> Completion:
    """A whole answer to a request: calls of its custom tools are that, whoever answered and whatever it was told of them.

    Raises:
        ProxyError: MALFORMED, as above.
    """
    names = names_of(request.body)
    return customs_again(completion, names) if names else completion


@dataclass(slots=True)
class _Held:
    """A call that is held back."""

    name: str
    pieces: list[str] = field(default_factory=list)
    was_left: bool = False
    """Whether another call was opened before it was whole: then it is told at the finish."""
    is_told: bool = False
    """Whether its text went out, so that nothing can follow it."""

    @property
    def arguments(self) -> str:
        """What there is of them."""
        return "".join(self.pieces)

    @property
    def is_whole(self) -> bool:
        """Whether its arguments are an object from end to end."""
        ends = bool(self.pieces) and self.pieces[-1].rstrip().endswith("}")
        return ends and _read(self.arguments) is not None


class FreeformStream(EditedStream):
    """A decoder whose answers call custom tools where the provider was told of functions.

    Args:
        decoder: Reads the provider's stream.
        names: The custom tools.
        most: Characters of calls that may be held back.
    """

    def __init__(self, decoder: StreamDecoder, names: frozenset[str], most: int) -> None:
        super().__init__(decoder)
        self._names = names
        self._most = most
        self._held: dict[tuple[int, int], _Held] = {}
        """By choice and slot."""
        self._size = 0

    def edited(self, chunk: Chunk) -> Chunk:
        """A chunk without what is held back.

        Raises:
            ProxyError: OVERSIZED for a call that is too long, MALFORMED for one that has lost the rest of its text.
        """
        choices = chunk.get("choices") or []
        new = [self._choice(choice) for choice in choices]
        if all(one is other for one, other in zip(new, choices, strict=True)):
            return chunk
        changed = {name: value for name, value in chunk.items() if name != "native"}
        return cast("Chunk", {**changed, "choices": new})

    def _choice(self, choice: ChunkChoice) -> ChunkChoice:
        index, delta = choice.get("index", 0), choice.get("delta") or {}
        came = delta.get("tool_calls") or []
        calls = [made for call in came for made in self._call(index, call)]
        if finish := choice.get("finish_reason"):
            calls += self._close(index, finish)
        if calls == came:
            return choice
        said: Json = {name: value for name, value in delta.items() if name != "tool_calls"}
        if calls:
            said["tool_calls"] = calls
        return cast("ChunkChoice", {**choice, "delta": said})

    def _call(self, index: int, call: ToolCallDelta) -> list[ToolCallDelta]:
        function, slot = call.get("function") or {}, call.get("index", 0)
        piece, name = function.get("arguments") or "", function.get("name", "")
        held = self._held.get((index, slot))
        if held is not None:
            self._hold(held, piece)
            return []
        left = self._leave(index) if name else []
        if name not in self._names:
            return [*left, call]
        self._held[index, slot] = held = _Held(name)
        self._hold(held, piece)
        opened = {**call, "type": _CUSTOM, _CUSTOM: {"name": name, "input": ""}}
        return [*left, cast("ToolCallDelta", _without_function(opened))]

    def _hold(self, held: _Held, piece: str) -> None:
        if held.is_told or not piece:
            return
        held.pieces.append(piece)
        self._size += len(piece)
        if self._size > self._most:
            raise ProxyError(
                Kind.OVERSIZED, f"tool calls of {self._size} characters, more than {self._most}"
            )

    def _leave(self, index: int) -> list[ToolCallDelta]:
        """Another call of a choice begins, mostly because the one before it is whole: tell that."""
        told: list[ToolCallDelta] = []
        for slot, held in self._open(index):
            if not held.was_left and held.is_whole:
                told += self._tell(slot, held, freeform_text(held.arguments))
            held.was_left = True
        return told

    def _close(self, index: int, finish: str) -> list[ToolCallDelta]:
        """Tell what a choice has held back; it is finished."""
        told: list[ToolCallDelta] = []
        for slot, held in self._open(index):
            told += self._tell(slot, held, _text(held.name, held.arguments, finish))
        return told

    def _open(self, index: int) -> list[tuple[int, _Held]]:
        held = self._held.items()
        return [(slot, each) for (of, slot), each in held if of == index and not each.is_told]

    def _tell(self, slot: int, held: _Held, text: str) -> list[ToolCallDelta]:
        self._size -= len(held.arguments)
        held.pieces.clear()
        held.is_told = True
        return [{"index": slot, "custom": {"input": text}}] if text else []


def _text(name: str, arguments: str, finish: str | None) -> str:
    """The free text in the arguments of a call; none where they were cut, as the finish says.

    Raises:
        ProxyError: MALFORMED where they were cut, and the finish says that the call is to be run.
    """
    try:
        return freeform_text(arguments)
    except jsons.JsonError:
        if finish in CUT_SHORT:
            return ""
        raise ProxyError(
            Kind.MALFORMED, f"the provider sent arguments of a call of {name} that are not JSON"
        ) from None


def _read(arguments: str) -> Json | None:
    try:
        return jsons.decode_object(arguments.encode("utf-8", "surrogatepass"))
    except jsons.JsonError:
        return None


def _tools(value: Any) -> Any:
    if not isinstance(value, list) or not any(map(_custom, value)):
        return value
    return [_function(tool) for tool in value]


def _function(tool: Any) -> Any:
    custom = _custom(tool)
    if custom is None:
        return tool
    function: Json = {"name": custom.get("name")}
    if (said := freeform_description(custom)) is not None:
        function["description"] = said
    function["parameters"] = _PARAMETERS
    rest = {name: value for name, value in tool.items() if name != _CUSTOM}
    return {**rest, "type": "function", "function": function}


def _choice(value: Any) -> Any:
    """The choice of one tool, or of several."""
    if not isinstance(value, dict):
        return value
    allowed = value.get("allowed_tools")
    if isinstance(allowed, dict) and isinstance(allowed.get("tools"), list):
        tools = allowed["tools"]
        new = [_choice(tool) for tool in tools]
        changed = any(one is not other for one, other in zip(new, tools, strict=True))
        return {**value, "allowed_tools": {**allowed, "tools": new}} if changed else value
    custom = _custom(value)
    if custom is None:
        return value
    return {"type": "function", "function": {"name": custom.get("name")}}


def _messages(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    new = [_message(message) for message in value]
    changed = any(one is not other for one, other in zip(new, value, strict=True))
    return new if changed else value


def _message(message: Any) -> Any:
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    if not isinstance(calls, list) or not any(map(_custom, calls)):
        return message
    return {**message, "tool_calls": [_called(call) for call in calls]}


def _called(call: Any) -> Any:
    custom = _custom(call)
    if custom is None:
        return call
    arguments = jsons.encode({FREEFORM: str(custom.get("input") or "")}).decode()
    rest = {name: value for name, value in call.items() if name != _CUSTOM}
    function = {"name": custom.get("name"), "arguments": arguments}
    return {**rest, "type": "function", "function": function}


def _spoken(choice: Choice, names: frozenset[str]) -> Choice:
    message: Message = choice.get("message") or {}
    calls = message.get("tool_calls") or []
    new = [_custom_call(call, names, choice.get("finish_reason")) for call in calls]
    if all(one is other for one, other in zip(new, calls, strict=True)):
        return choice
    return cast("Choice", {**choice, "message": {**message, "tool_calls": new}})


def _custom_call(call: Json, names: frozenset[str], finish: str | None) -> Json:
    function = call.get("function") or {}
    name, arguments = function.get("name"), function.get("arguments") or ""
    if name not in names and (_read(arguments) or {}).keys() != {FREEFORM}:
        return call
    custom = {"name": name, "input": _text(str(name), arguments, finish)}
    return {**_without_function(call), "type": _CUSTOM, _CUSTOM: custom}


def _without_function(call: Json) -> Json:
    return {name: value for name, value in call.items() if name != "function"}


def _custom(item: Any) -> Json | None:
    """What a tool, a choice or a call says of a custom tool; None where it is none."""
    custom = item.get(_CUSTOM) if isinstance(item, dict) else None
    return custom if isinstance(custom, dict) else None
