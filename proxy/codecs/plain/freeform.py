"""Custom tools where a protocol has functions alone: their free text is a function's one argument, and text again in the
answer.

What a stream brings of such a call is held back until the call is whole, because the text is only known then.

Invariant: what is given is not touched; it comes back as it is where it has no custom tool in it.
Source: https://platform.openai.com/docs/guides/function-calling#custom-tools (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast

from proxy.codecs.codec import StreamDecoder
from proxy.codecs.plain.arguments import FREEFORM
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Choice, Chunk, ChunkChoice, Completion, Json, Message, ToolCallDelta

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


def customs_again(completion: Completion) -> Completion:
    """A whole answer in which calls with that one argument are calls of custom tools again."""
    choices = completion.get("choices") or []
    new = [_spoken(choice) for choice in choices]
    if all(one is other for one, other in zip(new, choices, strict=True)):
        return completion
    changed = {name: value for name, value in completion.items() if name != "native"}
    return cast("Completion", {**changed, "choices": new})


@dataclass(slots=True)
class _Held:
    """A call that is not yet whole."""

    slot: int
    pieces: list[str] = field(default_factory=list)
    size: int = 0


class FreeformStream:
    """A decoder whose answers call custom tools where the provider was told of functions.

    Args:
        decoder: Reads the provider's stream.
        names: The custom tools.
        most: Bytes of a call that may be held back.
    """

    def __init__(self, decoder: StreamDecoder, names: frozenset[str], most: int) -> None:
        self._decoder = decoder
        self._names = names
        self._most = most
        self._held: dict[int, _Held] = {}

    @property
    def ended(self) -> bool:
        """Whether the protocol's own terminal event was seen."""
        return self._decoder.ended

    @property
    def over(self) -> bool:
        """Whether nothing at all can come any more."""
        return self._decoder.over

    @property
    def events(self) -> int:
        """Well-formed provider events so far."""
        return self._decoder.events

    def feed(self, data: bytes) -> list[Chunk]:
        """Take what one read brought.

        Raises:
            ProxyError: the provider's failure, or OVERSIZED for a call that is too long.
        """
        return [self._chunk(chunk) for chunk in self._decoder.feed(data)]

    def more(self, data: bytes) -> int:  # noqa: ARG002 (a decoder's)
        """Every read must be fed: a call may be held back."""
        return 0

    @property
    def mould(self) -> None:
        """No read goes by."""
        return

    def passed(self, events: int) -> None:
        """So many events went by."""
        self._decoder.passed(events)

    def finish(self) -> list[Chunk]:
        """The provider closed: give what is left.

        Raises:
            ProxyError: as the decoder does.
        """
        return [self._chunk(chunk) for chunk in self._decoder.finish()]

    def _chunk(self, chunk: Chunk) -> Chunk:
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
        if choice.get("finish_reason"):
            calls += self._close(index)
        if calls == came:
            return choice
        said: Json = {name: value for name, value in delta.items() if name != "tool_calls"}
        if calls:
            said["tool_calls"] = calls
        return cast("ChunkChoice", {**choice, "delta": said})

    def _call(self, index: int, call: ToolCallDelta) -> list[ToolCallDelta]:
        function, slot = call.get("function") or {}, call.get("index", 0)
        held = self._held.get(index)
        if held is not None and held.slot == slot:
            self._hold(held, function.get("arguments") or "")
            return []
        closed, name = self._close(index), function.get("name", "")
        if name not in self._names:
            return [*closed, call]
        self._held[index] = held = _Held(slot)
        self._hold(held, function.get("arguments") or "")
        opened = {**call, "type": _CUSTOM, _CUSTOM: {"name": name, "input": ""}}
        return [*closed, cast("ToolCallDelta", _without_function(opened))]

    def _hold(self, held: _Held, piece: str) -> None:
        held.pieces.append(piece)
        held.size += len(piece)
        if held.size > self._most:
            raise ProxyError(
                Kind.OVERSIZED, f"a tool call of {held.size} characters, more than {self._most}"
            )

    def _close(self, index: int) -> list[ToolCallDelta]:
        held = self._held.pop(index, None)
        if held is None:
            return []
        text = _text("".join(held.pieces))
        return [{"index": held.slot, "custom": {"input": text}}] if text else []


def _text(arguments: str) -> str:
    """The free text in the arguments; where the model made up arguments of its own, those are the text."""
    given = _read(arguments)
    text = given.get(FREEFORM) if given is not None else None
    return text if isinstance(text, str) else arguments


def _read(arguments: object) -> Json | None:
    if not isinstance(arguments, str):
        return None
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
    said = [custom["description"]] if isinstance(custom.get("description"), str) else []
    form = custom.get("format")
    grammar = form.get("grammar") if isinstance(form, dict) else None
    if isinstance(grammar, dict):
        said.append(
            f"The input must follow this {grammar.get('syntax')} grammar:\n{grammar.get('definition')}"
        )
    function: Json = {"name": custom.get("name")}
    if said:
        function["description"] = "\n\n".join(said)
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


def _spoken(choice: Choice) -> Choice:
    message: Message = choice.get("message") or {}
    calls = message.get("tool_calls") or []
    new = [_custom_call(call) for call in calls]
    if all(one is other for one, other in zip(new, calls, strict=True)):
        return choice
    return cast("Choice", {**choice, "message": {**message, "tool_calls": new}})


def _custom_call(call: Json) -> Json:
    function = call.get("function") or {}
    given = _read(function.get("arguments"))
    if given is None or given.keys() != {FREEFORM}:
        return call
    custom = {"name": function.get("name"), "input": str(given[FREEFORM])}
    return {**_without_function(call), "type": _CUSTOM, _CUSTOM: custom}


def _without_function(call: Json) -> Json:
    return {name: value for name, value in call.items() if name != "function"}


def _custom(item: Any) -> Json | None:
    """What a tool, a choice or a call says of a custom tool; None where it is none."""
    custom = item.get(_CUSTOM) if isinstance(item, dict) else None
    return custom if isinstance(custom, dict) else None
