"""One choice of an answer in the legacy form: what a chat message or delta says, as text.

A refusal is text, because it is what the model said; reasoning has no place there and stands beside it, under the name
that it has in chat.

Source: https://platform.openai.com/docs/api-reference/completions/object (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

_APART: Final = frozenset({"index", "delta", "message", "finish_reason", "logprobs"})
_REASONS: Final = {"tool_calls": "stop", "function_call": "stop"}
"""Chat's finish reasons that the legacy form does not have."""


def text_of(said: Any) -> str:
    """The text of a message or a delta."""
    return (said.get("content") or "") + (said.get("refusal") or "")


def choice_of(choice: Any, said: Any, text: str, logprobs: Json | None) -> Json:
    """A choice in the legacy form.

    Args:
        choice: Chat's; members of its own pass.
        said: Its message or delta.
        text: What it says, with what is said before it.
        logprobs: In the legacy form.
    """
    reason = choice.get("finish_reason")
    written: Json = {
        "text": text,
        "index": choice.get("index", 0),
        "logprobs": logprobs,
        "finish_reason": _REASONS.get(reason, reason),
    }
    if said.get("reasoning_content"):
        written["reasoning_content"] = said["reasoning_content"]
    return written | {name: value for name, value in choice.items() if name not in _APART}
