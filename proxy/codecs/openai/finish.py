"""Finish reasons: the five that the chat API has, and what other servers say in their place.

Invariant: what comes out is one of the five, or nothing; a reason that means failure never looks like an end.
Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.errors import Kind, ProxyError

_REASONS: Final = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "function_call": "function_call",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "content-filter": "content_filter",
    "safety": "content_filter",
    "sensitive": "content_filter",
    "refusal": "content_filter",
}
"""Any other word is a way to say that the model was done: `eos`, `end_turn`, `stop_sequence`, `completed`."""

_FAILURES: Final = {
    "abort": Kind.SERVER_ERROR,
    "error": Kind.SERVER_ERROR,
    "network_error": Kind.SERVER_ERROR,
    "insufficient_system_resource": Kind.OVERLOADED,
}
_DOUBTFUL: Final = frozenset({"unknown", "other"})


def finish_of(native: object, *, called: bool, legacy: bool, spoke: bool) -> str | None:
    """The finish reason for what a server said.

    Args:
        native: Its word; null and the empty string are none.
        called: Whether the choice has a tool call.
        legacy: Whether the choice has a deprecated `function_call`.
        spoke: Whether the choice said anything before.

    Raises:
        ProxyError: the word means that the answer failed.
    """
    if not isinstance(native, str) or not native:
        return None
    word = native.lower()
    if word in _FAILURES:
        raise ProxyError(_FAILURES[word], f"the provider ended the answer with {word!r}")
    if word in _DOUBTFUL and not (spoke or called or legacy):
        raise ProxyError(Kind.SERVER_ERROR, f"the provider said nothing and ended with {word!r}")
    return fitting(_REASONS.get(word, "stop"), called=called, legacy=legacy)


def made_up(*, called: bool, legacy: bool) -> str:
    """The reason of a choice whose server ended properly and gave none."""
    return fitting("stop", called=called, legacy=legacy)


def fitting(reason: str, *, called: bool, legacy: bool) -> str:
    """Clients run tools on the reason, not on the calls, so the two must agree."""
    if reason not in {"stop", "function_call"}:
        return reason
    if called:
        return "tool_calls"
    return "function_call" if legacy else reason
