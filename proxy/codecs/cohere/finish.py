"""How an answer ended, in chat's words.

Source: https://docs.cohere.com/v2/reference/chat, field `finish_reason` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

_REASONS: Final = {
    "MAX_TOKENS": "length",
    "ERROR_LIMIT": "length",
    "ERROR_TOXIC": "content_filter",
}
"""The last two are older deployments'. Any other word is a way to say that the model was done."""


def finish_reason(native: Any, *, called: bool) -> str:
    """The finish reason for the provider's word, which agrees with whether tools were called."""
    reason = _REASONS.get(native, "stop") if isinstance(native, str) else "stop"
    return "tool_calls" if called and reason == "stop" else reason
