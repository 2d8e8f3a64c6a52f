"""The conversation of a request: checked role by role and brought into one form.

The form: no null but an assistant's `content`, `reasoning` under the name `reasoning_content`, no deprecated
`function_call` and no role `function` (they become tool calls with made-up ids). What is already in that form is kept
as the very object that came.

Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from proxy.core.shape import Json
from proxy.surfaces.chat.parts import check_content
from proxy.surfaces.chat.tools import check_calls, check_function_call
from proxy.surfaces.checks import Check, a_string, an_array, an_object, check_fields
from proxy.surfaces.complaint import invalid, missing, not_one_of, wrong_type, wrong_value

_CHECKS: Final[dict[str, Check]] = {
    "audio": an_object,
    "name": a_string,
    "reasoning": a_string,
    "reasoning_content": a_string,
    "reasoning_details": an_array,
    "refusal": a_string,
    "thinking_blocks": an_array,
}
_WORDLESS: Final = (
    "tool_calls",
    "function_call",
    "refusal",
    "audio",
    "images",
    "reasoning_content",
    "reasoning_details",
    "thinking_blocks",
)
"""What an assistant's message may hold instead of content."""


def conversation(messages: object) -> list[Json]:
    """Check `messages` and bring them into the one form; gives a new list, the input is not touched.

    Raises:
        ProxyError: INVALID_REQUEST with the path of the first thing that is wrong.
    """
    if messages is None:
        raise missing("messages")
    if not isinstance(messages, list):
        raise wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise invalid(
            "Invalid 'messages': expected at least one message, but got an empty array.",
            "messages",
            "empty_array",
        )
    thread = _Thread()
    return [thread.take(message, f"messages[{at}]") for at, message in enumerate(messages)]


class _Thread:
    """What earlier messages of a conversation mean for later ones: the calls that may be answered."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._made_up = 0
        self._unanswered: dict[str, list[str]] = {}
        """Made-up ids by the name of the deprecated function, oldest first."""

    def take(self, message: object, path: str) -> Json:
        if not isinstance(message, dict):
            raise wrong_type(path, "an object", message)
        role = message.get("role")
        if role is None:
            raise missing(f"{path}.role")
        a_string(role, f"{path}.role")
        if role not in _ROLES:
            raise not_one_of(f"{path}.role", role, _ROLES)
        check_fields(message, _CHECKS, f"{path}.")
        return _ROLES[role](self, _without_nulls(message), path)

    def plain(self, message: Json, path: str) -> Json:
        if "content" not in message:
            raise missing(f"{path}.content")
        check_content(message["content"], f"{path}.content")
        return message

    def assistant(self, message: Json, path: str) -> Json:
        message = _renamed(message)
        content = message.get("content")
        if content is not None:
            check_content(content, f"{path}.content")
        elif not any(message.get(name) for name in _WORDLESS):
            raise wrong_type(f"{path}.content", "a string or an array of content parts", None)
        if "tool_calls" in message:
            self._ids.update(check_calls(message["tool_calls"], f"{path}.tool_calls"))
            if not message["tool_calls"]:
                message = {k: v for k, v in message.items() if k != "tool_calls"}
        return self._modern(message, path) if "function_call" in message else message

    def tool(self, message: Json, path: str) -> Json:
        call = message.get("tool_call_id")
        if call is None:
            raise missing(f"{path}.tool_call_id")
        a_string(call, f"{path}.tool_call_id")
        if call not in self._ids:
            said = "expected the id of a tool call in an earlier message with role 'assistant'."
            raise wrong_value(f"{path}.tool_call_id", said)
        return self.plain(message, path)

    def function(self, message: Json, path: str) -> Json:
        name = message.get("name")
        if name is None:
            raise missing(f"{path}.name")
        waiting = self._unanswered.get(name)
        if not waiting:
            said = (
                "expected the name of a function call in an earlier message with role 'assistant'."
            )
            raise wrong_value(f"{path}.name", said)
        content = message.get("content")
        if content is None:
            content = ""
        check_content(content, f"{path}.content")
        return {"role": "tool", "tool_call_id": waiting.pop(0), "content": content}

    def _modern(self, message: Json, path: str) -> Json:
        call = message["function_call"]
        check_function_call(call, f"{path}.function_call")
        rest = {name: value for name, value in message.items() if name != "function_call"}
        if rest.get("tool_calls"):
            # Some frameworks fill in both; they say the same thing, and only one of them has ids.
            return rest
        made_up = f"call_{self._made_up}"
        self._made_up += 1
        self._unanswered.setdefault(call["name"], []).append(made_up)
        return {**rest, "tool_calls": [{"id": made_up, "type": "function", "function": call}]}


_Role: TypeAlias = Callable[[_Thread, Json, str], Json]
_ROLES: Final[dict[str, _Role]] = {
    "system": _Thread.plain,
    "developer": _Thread.plain,
    "user": _Thread.plain,
    "assistant": _Thread.assistant,
    "tool": _Thread.tool,
    "function": _Thread.function,
}


def _without_nulls(message: Json) -> Json:
    if all(value is not None or name == "content" for name, value in message.items()):
        return message
    return {
        name: value for name, value in message.items() if value is not None or name == "content"
    }


def _renamed(message: Json) -> Json:
    """`reasoning`, as some vendors call it, under its one name."""
    if "reasoning" not in message:
        return message
    rest = {name: value for name, value in message.items() if name != "reasoning"}
    rest.setdefault("reasoning_content", message["reasoning"])
    return rest
