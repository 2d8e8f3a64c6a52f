"""The turns of a Messages request as chat messages.

A result of a tool becomes a message of its own, right behind the turn that called it and before what else the user says,
also where a system turn stands between. What the provider itself ran in an earlier answer (searches, code) is left out:
nobody else could read it, and its maker gets the bytes that came.

Invariant: nothing that was decoded is changed in place.
Source: https://platform.claude.com/docs/en/api/messages and .../agents-and-tools/tool-use/handle-tool-calls
(read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from proxy.core import jsons
from proxy.core.shape import Json
from proxy.surfaces.messages.complaint import invalid, missing, wrong_type
from proxy.surfaces.messages.marks import is_signed
from proxy.surfaces.messages.parts import marked, part_of, parts_of, shortest
from proxy.surfaces.messages.typed import array, mapping, member, string, text
from proxy.surfaces.thread import Thread


def system(value: object) -> list[Json]:
    """The `system` of a request as messages: one, or none where it says nothing.

    Raises:
        ProxyError: INVALID_REQUEST with the path of what is wrong.
    """
    return [] if value in (None, "", []) else [_system(value, "system")]


def conversation(value: object) -> list[Json]:
    """The `messages` of a request.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the first thing that is wrong.
    """
    if value is None:
        raise missing("messages")
    messages = array(value, "messages")
    if not messages:
        raise invalid("messages", "at least one message is required")
    turns = _Turns()
    for at, message in enumerate(messages):
        turns.take(message, f"messages.{at}")
    return turns.thread.messages()


class _Turns:
    """Reads turn after turn."""

    def __init__(self) -> None:
        self.thread = Thread()

    def take(self, message: Any, path: str) -> None:
        role = text(mapping(message, path), "role", path)
        turn = _ROLES.get(role)
        if turn is None:
            raise wrong_type(f"{path}.role", "'user', 'assistant' or 'system'")
        turn(self, member(message, "content", path), f"{path}.content")

    def user(self, content: Any, path: str) -> None:
        if isinstance(content, str):
            self.thread.say({"role": "user", "content": content})
            return
        results: list[Json] = []
        parts: list[Json] = []
        for at, block in enumerate(array(content, path)):
            where = f"{path}.{at}"
            if mapping(block, where).get("type") == "tool_result":
                results.append(self._result(block, where))
            else:
                parts.append(part_of(block, where))
        for result in results:
            self.thread.answer(result)
        if parts or not results:
            self.thread.say({"role": "user", "content": shortest(parts) if parts else ""})

    def assistant(self, content: Any, path: str) -> None:
        turn = _Turn()
        if isinstance(content, str):
            turn.parts.append({"type": "text", "text": content})
        else:
            for at, block in enumerate(array(content, path)):
                where = f"{path}.{at}"
                kind = text(mapping(block, where), "type", where)
                if kind in _BLOCKS:
                    _BLOCKS[kind](turn, block, where)
        self.thread.say(turn.message())

    def system(self, content: Any, path: str) -> None:
        self.thread.say(_system(content, path))

    def _result(self, block: Json, path: str) -> Json:
        call = text(block, "tool_use_id", path)
        if not self.thread.knows(call):
            said = (
                f"unexpected `tool_use_id` found in `tool_result` blocks: {call[:128]}. Each `tool_result` block must "
                "have a corresponding `tool_use` block in the previous message."
            )
            raise invalid(path, said)
        content = block.get("content")
        message: Json = {"role": "tool", "tool_call_id": call, "content": ""}
        if isinstance(content, str):
            message["content"] = content
        elif content is not None:
            message["content"] = shortest(parts_of(content, f"{path}.content")) or ""
        if block.get("is_error") is True:
            message["is_error"] = True
        return marked(message, block)


@dataclass(slots=True)
class _Turn:
    """What an assistant's turn holds, sorted as a chat message has it."""

    parts: list[Json] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    signed: list[Json] = field(default_factory=list)

    def text(self, block: Json, path: str) -> None:
        self.parts.append(part_of(block, path))

    def tool_use(self, block: Json, path: str) -> None:
        given = mapping(member(block, "input", path), f"{path}.input")
        function = {
            "name": text(block, "name", path),
            "arguments": jsons.encode(given).decode(),
        }
        call: Json = {"id": text(block, "id", path), "type": "function", "function": function}
        self.calls.append(marked(call, block))

    def thinking(self, block: Json, path: str) -> None:
        thought = text(block, "thinking", path)
        if thought:
            self.thoughts.append(thought)
        if is_signed(block.get("signature")):
            signature = block["signature"]
            self.signed.append({"type": "thinking", "thinking": thought, "signature": signature})

    def redacted_thinking(self, block: Json, path: str) -> None:
        self.signed.append({"type": "redacted_thinking", "data": text(block, "data", path)})

    def message(self) -> Json:
        """The whole turn. Texts are one text in chat, unless a prompt-cache mark stands between them."""
        message: Json = {"role": "assistant", "content": self._content()}
        if self.thoughts:
            message["reasoning_content"] = "".join(self.thoughts)
        if self.signed:
            message["thinking_blocks"] = self.signed
        if self.calls:
            message["tool_calls"] = self.calls
        return message

    def _content(self) -> str | list[Json] | None:
        if not self.parts:
            return None if self.calls else ""
        if any("cache_control" in part for part in self.parts):
            return self.parts
        return "".join(part["text"] for part in self.parts)


def _system(content: Any, path: str) -> Json:
    if isinstance(content, str):
        return {"role": "system", "content": content}
    for at, block in enumerate(array(content, path)):
        where = f"{path}.{at}"
        if string(member(mapping(block, where), "type", where), f"{where}.type") != "text":
            raise wrong_type(f"{where}.type", "'text'")
    return {"role": "system", "content": shortest(parts_of(content, path))}


_Read: TypeAlias = Callable[[_Turns, Any, str], None]
_ROLES: Final[dict[str, _Read]] = {
    "user": _Turns.user,
    "assistant": _Turns.assistant,
    "system": _Turns.system,
}
_BLOCKS: Final[dict[str, Callable[[_Turn, Json, str], None]]] = {
    "text": _Turn.text,
    "tool_use": _Turn.tool_use,
    "thinking": _Turn.thinking,
    "redacted_thinking": _Turn.redacted_thinking,
}
"""By the kind of block that an assistant's turn may hold; others are the provider's own affair."""
