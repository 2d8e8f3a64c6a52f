"""How a Messages answer ended, in chat's words.

Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

PAUSE: Final = "pause_turn"
"""The provider's own tools have worked for long: it goes on when it is sent what was said so far."""
REFUSAL: Final = "refusal"
DECLINED: Final = "The model declined to answer."
"""A refusal's text, where the provider gives no explanation."""

_REASONS: Final = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    REFUSAL: "content_filter",
}
"""All others (`end_turn`, `stop_sequence`, `tool_use`, `pause_turn` of an answer that nobody goes on with, new ones) say only that the answer is whole."""


def finish_reason(native: str | None, *, called: bool) -> str:
    """The finish reason.

    Args:
        native: `stop_reason`.
        called: Whether the answer holds tool calls that are the caller's to run.
    """
    return _REASONS.get(native or "", "tool_calls" if called else "stop")


def refusal_of(native: str | None, details: Any) -> str | None:
    """The text of a refusal; None where the answer is none."""
    if native != REFUSAL:
        return None
    explanation = details.get("explanation") if isinstance(details, dict) else None
    return explanation if isinstance(explanation, str) and explanation else DECLINED
