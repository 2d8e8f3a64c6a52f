"""Brings messages into the form that stricter servers insist on: plain text, no null, no name, no marks of others.

Invariant: a list or message that needs no change is returned as the very object that came.
Source: https://api-docs.deepseek.com/api/create-chat-completion, https://console.groq.com/docs/api-reference,
https://platform.moonshot.ai/docs/api/chat (all read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not
from typing import Any, Final

from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.turns import joined
from proxy.core.shape import Json

_MARK: Final = "cache_control"
_MARKS: Final = (_MARK, "prompt_cache_breakpoint")
"""What everybody says who wants a prompt cached, and OpenAI's own word for it."""
_OF_MESSAGES: Final = frozenset(
    {"role", "content", "name", "tool_calls", "tool_call_id", "reasoning", "reasoning_content"}
)
_OTHERS: Final = frozenset({_MARK, "extra_content", "images", "web_searches"})
"""What is said to other vendors, or what their answers have and comes back with them."""
_OF_CALLS: Final = frozenset({"id", "type", "function", "custom"})


def over_messages(messages: list[Any], edit: Callable[[Json], Json]) -> list[Any]:
    """The messages, each that is an object through `edit`; the same list where none of them changed."""
    new = [edit(message) if isinstance(message, dict) else message for message in messages]
    return new if any(map(is_not, new, messages)) else messages


def without(item: Json, *names: str) -> Json:
    """The object without some members; the same one where it has none of them."""
    if item.keys().isdisjoint(names):
        return item
    return {name: value for name, value in item.items() if name not in names}


def flatten_text(draft: Draft) -> None:
    """Content that is a list of texts becomes one string, for servers that know no lists."""
    draft.messages = over_messages(draft.messages, _flattened)


def empty_content(draft: Draft) -> None:
    """An assistant's message without content has an empty one, for templates that fail on null."""
    draft.messages = over_messages(draft.messages, _emptied)


def null_content(draft: Draft) -> None:
    """Tool calls without text have no content, for servers that refuse an empty one."""
    draft.messages = over_messages(draft.messages, _nulled)


def no_names(draft: Draft) -> None:
    """Messages have no names."""
    draft.messages = over_messages(draft.messages, lambda message: without(message, "name"))


def known_members(draft: Draft) -> None:
    """Messages and calls have nothing that only some APIs have, such as what answers are told with, for servers that refuse
    what they do not know. A refusal is text.
    """
    draft.messages = over_messages(draft.messages, _known)


def no_cache_marks(draft: Draft) -> None:
    """Messages, their parts and tools have no prompt-cache marks, for servers that refuse what they do not know."""
    draft.messages = over_messages(draft.messages, _unmarked)
    _unmark_tools(draft)


def openais_members(draft: Draft, *more: str) -> None:
    """Messages, calls, parts and tools have nothing that others put there, for OpenAI's newer models, which refuse it.

    Args:
        draft: What is written.
        more: Further members that no message is to have.
    """
    # Most calls have nothing of the kind, and conversations are long: each message is looked at once.
    names = _OTHERS.union(more)
    draft.messages = over_messages(draft.messages, lambda message: _openais(message, names))
    _unmark_tools(draft)


def _unmark_tools(draft: Draft) -> None:
    member = draft.members.get("tools")
    if member is not None and b'"cache_control"' in bytes(member):
        tools = draft.value("tools")
        if isinstance(tools, list):
            draft.put("tools", [_unmarked_tool(tool) for tool in tools])


def refusal_as_text(message: Json) -> Json:
    """A message whose refusal is text like any other, for servers that would overlook it."""
    content, refusal = message.get("content"), message.get("refusal")
    if isinstance(content, list):
        content = over_messages(content, _spoken)
    if isinstance(refusal, str) and refusal:
        content = joined(content, refusal) if content else refusal
    if content is message.get("content"):
        return message
    return without({**message, "content": content}, "refusal")


def _unmarked(message: Json) -> Json:
    return _with_parts(without(message, *_MARKS), *_MARKS)


def _with_parts(message: Json, *marks: str) -> Json:
    """The message, its parts without some members."""
    parts = message.get("content")
    if not isinstance(parts, list):
        return message
    new = over_messages(parts, lambda part: without(part, *marks))
    return message if new is parts else {**message, "content": new}


def _unmarked_tool(tool: Any) -> Any:
    if not isinstance(tool, dict):
        return tool
    function = tool.get("function")
    if isinstance(function, dict):
        tool = {**tool, "function": without(function, _MARK)}
    return without(tool, _MARK)


def text_of(content: object) -> str | None:
    """The text of content that is nothing but text; None for any other."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    texts = [part.get("text") if isinstance(part, dict) else None for part in content]
    return "\n\n".join(texts) if all(isinstance(text, str) for text in texts) else None  # type: ignore[arg-type]


def _known(message: Json) -> Json:
    return _only(_with_calls(refusal_as_text(message)), _OF_MESSAGES)


def _openais(message: Json, names: frozenset[str]) -> Json:
    if not names.isdisjoint(message):
        message = without(message, *names)
    return _with_parts(_with_calls(message), _MARK)


def _with_calls(message: Json) -> Json:
    """The message, its calls with nothing but what calls have."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return message
    new = over_messages(calls, _call)
    return message if new is calls else {**message, "tool_calls": new}


def _spoken(part: Json) -> Json:
    return {"type": "text", "text": part.get("refusal")} if part.get("type") == "refusal" else part


def _call(call: Json) -> Json:
    return _only(call, _OF_CALLS)


def _only(item: Json, names: frozenset[str]) -> Json:
    """The object with no other members than these; the same one where it has none."""
    if item.keys() <= names:
        return item
    return {name: value for name, value in item.items() if name in names}


def _flattened(message: Json) -> Json:
    content = message.get("content")
    text = text_of(content) if isinstance(content, list) else None
    return message if text is None else {**message, "content": text}


def _emptied(message: Json) -> Json:
    if message.get("role") != "assistant" or message.get("content") is not None:
        return message
    return {**message, "content": ""}


def _nulled(message: Json) -> Json:
    if message.get("tool_calls") and message.get("content") in ("", []):
        return {**message, "content": None}
    return message
