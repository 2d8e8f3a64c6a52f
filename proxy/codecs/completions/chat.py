"""What a text completion says, as chat: its text becomes the content of a message or a delta, all else stays.

Invariant: what came is not touched; what is no completion is given back as it is, for the chat reader to complain of.
Source: https://platform.openai.com/docs/api-reference/completions/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Literal

from proxy.core.shape import Json


def as_chat(answer: Any, place: Literal["message", "delta"]) -> Any:
    """A text completion, or a chunk of one, in chat's shape."""
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not isinstance(choices, list):
        return answer
    return {**answer, "choices": [_choice(choice, place) for choice in choices]}


def _choice(choice: Any, place: str) -> Any:
    if not isinstance(choice, dict):
        return choice
    said: Json = {"content": choice["text"]} if choice.get("text") is not None else {}
    return {**{name: value for name, value in choice.items() if name != "text"}, place: said}
