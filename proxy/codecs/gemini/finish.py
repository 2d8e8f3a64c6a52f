"""Finish reasons: Google's words, or their numbers in the enum, as chat has them.

Some reasons say that the model's turn came to nothing (a call that it could not write, a call of a tool that there is
not): chat has no word for that, and an answer that looks whole would be a lie, so they are failures, which the next
target may serve. The same holds for a reason that explains nothing after an answer that says nothing.

Source: https://ai.google.dev/api/generate-content#FinishReason (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.errors import Kind, ProxyError

_NUMBERS: Final = (
    "FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "LANGUAGE", "BLOCKLIST",
    "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL",
)  # fmt: skip
"""By their place in the enum: clients that ask for numbers get them, and so do we from recordings and proxies."""

_REASONS: Final = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    # What is left is had with the continuation token that comes with it; until then the answer is cut by its length.
    "CONTINUATION": "length",
    **dict.fromkeys(
        (
            "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "MODEL_ARMOR", "ESCALATION", "PUP_LIMITED_DISABLED",
        ),
        "content_filter",
    ),
}  # fmt: skip
_FAILED: Final = frozenset(
    {
        "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
    }
)  # fmt: skip


def word_of(native: object) -> str | None:
    """The reason as a word; None where there is none yet. A bare 0 is the enum's way to say nothing."""
    if isinstance(native, str):
        return native or None
    if isinstance(native, bool) or not isinstance(native, int) or native == 0:
        return None
    return _NUMBERS[native] if 0 < native < len(_NUMBERS) else "OTHER"


def finish_of(word: str, message: str, *, called: bool, spoke: bool) -> str:
    """The finish reason for a word.

    Args:
        word: Google's.
        message: What Google says of it; may be empty.
        called: Whether the candidate has a function call.
        spoke: Whether it says anything.

    Raises:
        ProxyError: MALFORMED or SERVER_ERROR, where the word means that the answer failed.
    """
    said = f"{word}: {message}" if message else word
    if word in _FAILED:
        raise ProxyError(Kind.MALFORMED, f"the model's turn failed with {said}", code=word)
    reason = _REASONS.get(word)
    if reason is None and not (called or spoke):
        raise ProxyError(
            Kind.SERVER_ERROR, f"the provider said nothing and ended with {said}", code=word
        )
    if called and reason in (None, "stop"):
        return "tool_calls"
    return reason or "stop"
