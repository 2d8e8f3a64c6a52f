"""Finish reasons: from a response's status, from why it is incomplete, and from whether it calls anything.

Invariant: a response that is not complete never looks as if it were.
Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import Json

INCOMPLETE: Final = "incomplete"

_REASONS: Final = {"content_filter": "content_filter"}
"""Any other reason to stop early is a limit that was reached: tokens, messages, or somebody's patience."""


def finish_of(response: Json, *, called: bool) -> str:
    """The finish reason of a response that did not fail.

    Args:
        response: The response object of the terminal event, or of the whole answer.
        called: Whether it calls a tool of the caller's.
    """
    details = response.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if response.get("status") == INCOMPLETE or reason is not None:
        return _REASONS.get(str(reason), "length")
    return "tool_calls" if called else "stop"
