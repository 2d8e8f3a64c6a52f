"""How the reasoning of earlier answers goes back to each vendor: not at all, as a field, in tags, or in details.

Plain text goes where a vendor wants it. `reasoning_details`, which may be signed, go back as they came, from the message
or from the ids of its tool calls, and only to the maker that the ids name.

Sources, all read 2026-11-21: https://openrouter.ai/docs/use-cases/reasoning-tokens, https://api-docs.deepseek.com/guides/thinking_mode,
https://inference-docs.cerebras.ai/capabilities/reasoning, https://platform.minimax.io/docs/api-reference/text-openai-api.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.vendors.content import over_messages, without
from proxy.core.shape import Json, Target
from proxy.core.state import unpack

Replay: TypeAlias = Callable[[list[Any], Target], list[Any]]
"""Gives the messages as the target takes them; the same list where nothing changed."""

_TEXT: Final = "reasoning_content"
_SHORT: Final = "reasoning"
_DETAILS: Final = "reasoning_details"
REASONS: Final = (_TEXT, _SHORT, _DETAILS)
"""Members of a message in which the reasoning of an earlier answer stands."""


def maker_of(target: Target) -> str:
    """Who may get the details of an answer back: the gateway, and the model's maker behind it."""
    return f"{target.protocol}/{target.model.partition('/')[0]}"


def replayed(messages: list[Any], target: Target) -> list[Any]:
    """The messages with the reasoning of earlier answers as the target's quirks have it."""
    name = target.quirks.reasoning_replay
    return REPLAY[name](messages, target) if name else messages


def _none(messages: list[Any], target: Target) -> list[Any]:
    del target
    return over_messages(messages, lambda message: without(message, *REASONS))


def _content(messages: list[Any], target: Target) -> list[Any]:
    del target
    return over_messages(messages, lambda message: without(message, _DETAILS))


def _renamed(messages: list[Any], target: Target) -> list[Any]:
    del target
    return over_messages(messages, lambda message: _short(without(message, _DETAILS)))


def _tags(messages: list[Any], target: Target) -> list[Any]:
    del target
    return over_messages(messages, _tagged)


def _details(messages: list[Any], target: Target) -> list[Any]:
    maker = maker_of(target)
    return over_messages(messages, lambda message: _detailed(message, maker) or _short(message))


def _split(messages: list[Any], target: Target) -> list[Any]:
    maker = maker_of(target)
    return over_messages(messages, lambda message: _detailed(message, maker) or _made(message))


def _cerebras(messages: list[Any], target: Target) -> list[Any]:
    return (_tags if "glm" in target.model.lower() else _renamed)(messages, target)


def _deepseek(messages: list[Any], target: Target) -> list[Any]:
    del target
    return over_messages(messages, lambda message: _required(without(message, _DETAILS)))


REPLAY: Final[dict[str, Replay]] = {
    "none": _none,
    "reasoning_content": _content,
    "reasoning": _renamed,
    "tags": _tags,
    "details": _details,
    "split": _split,
    "cerebras": _cerebras,
    "deepseek": _deepseek,
}


def _short(message: Json) -> Json:
    text = message.get(_TEXT)
    if text is None:
        return message
    return {_SHORT: text, **without(message, _TEXT)}


def _tagged(message: Json) -> Json:
    text, content = message.get(_TEXT), message.get("content")
    rest = without(message, *REASONS)
    if not isinstance(text, str) or not text:
        return rest
    thought = f"<think>{text}</think>"
    if isinstance(content, list):
        return {**rest, "content": [{"type": "text", "text": thought}, *content]}
    return {**rest, "content": thought + (content if isinstance(content, str) else "")}


def _detailed(message: Json, maker: str) -> Json | None:
    """The message with its details; None where it has none that may go back."""
    details = message.get(_DETAILS)
    if not isinstance(details, list) or not details:
        details = _carried(message, maker)
    return {**without(message, _TEXT, _SHORT), _DETAILS: details} if details else None


def _carried(message: Json, maker: str) -> list[Json]:
    """The details that the ids of the tool calls carry."""
    calls = message.get("tool_calls")
    details: list[Json] = []
    for call in calls if isinstance(calls, list) else ():
        given = call.get("id") if isinstance(call, dict) else None
        packed = unpack(given) if isinstance(given, str) else None
        if packed and packed.maker == maker:
            details += packed.blocks
    return details


def _made(message: Json) -> Json:
    text = message.get(_TEXT)
    rest = without(message, *REASONS)
    if not isinstance(text, str) or not text:
        return rest
    return {**rest, _DETAILS: [{"type": "reasoning.text", "text": text}]}


def _required(message: Json) -> Json:
    """While tools are called the reasoning must be there, were it empty."""
    calls = message.get("tool_calls")
    if message.get("role") != "assistant" or not isinstance(calls, list) or not calls:
        return message
    return message if isinstance(message.get(_TEXT), str) else {**message, _TEXT: ""}
