"""What a tool gave that is no text, for protocols whose tool messages hold nothing else: the user's next message has it.

Invariant: the messages are not touched; the same list comes back where no tool gave anything but text.
Source: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

ELSEWHERE: Final = "The user's next message has it."
"""The result of a tool that gave no text."""


def hoisted(messages: list[Any]) -> list[Any]:
    """The messages with every picture and file of a tool's result in a user's message after it.

    That is the one which comes next anyway, or one that is made.
    """
    if not any(_rest(message) for message in messages):
        return messages
    new: list[Any] = []
    waiting: list[Json] = []
    names: dict[str, str] = {}
    for message in messages:
        rest = _rest(message)
        if rest:
            waiting += [{"type": "text", "text": _caption(message, names)}, *rest]
            new.append({**message, "content": _texts(message) or ELSEWHERE})
            continue
        if waiting and _role(message) != "tool":
            new += _said(waiting, message)
            waiting = []
        else:
            new.append(message)
        names |= _called(message)
    return [*new, {"role": "user", "content": waiting}] if waiting else new


def _said(parts: list[Json], message: Any) -> list[Any]:
    """What waited, in this message where it is the user's, else in one before it."""
    if _role(message) == "user":
        return [{**message, "content": [*parts, *_parts(message.get("content"))]}]
    return [{"role": "user", "content": parts}, message]


def _role(message: Any) -> Any:
    return message.get("role") if isinstance(message, dict) else None


def _rest(message: Any) -> list[Json]:
    """The parts of a tool's result that are no text."""
    if _role(message) != "tool":
        return []
    return [part for part in _parts(message.get("content")) if _kind(part) != "text"]


def _texts(message: Json) -> str | list[Json]:
    texts = [part for part in _parts(message.get("content")) if _kind(part) == "text"]
    if len(texts) == 1 and texts[0].keys() == {"type", "text"}:
        return str(texts[0]["text"])
    return texts


def _kind(part: Any) -> Any:
    return part.get("type") if isinstance(part, dict) else None


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if isinstance(content, str) and content else []


def _caption(message: Json, names: dict[str, str]) -> str:
    name = names.get(str(message.get("tool_call_id")))
    return f"Result of {name}:" if name else "Result of a tool:"


def _called(message: Any) -> dict[str, str]:
    """The names of the tools that a message calls, by the ids of the calls."""
    calls = message.get("tool_calls") if isinstance(message, dict) else None
    found: dict[str, str] = {}
    for call in calls if isinstance(calls, list) else ():
        given = call if isinstance(call, dict) else {}
        called = given.get("function") or given.get("custom")
        if isinstance(called, dict) and isinstance(called.get("name"), str):
            found[str(given.get("id"))] = called["name"]
    return found
