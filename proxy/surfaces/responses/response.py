"""The Response object: what it repeats of the request, and what is said of an answer around its output.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

COMPLETED: Final = "completed"
INCOMPLETE: Final = "incomplete"
IN_PROGRESS: Final = "in_progress"
FAILED: Final = "failed"

_INCOMPLETE: Final = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why a response is not complete, by chat's finish reason."""

_ECHO: Final[dict[str, Any]] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "auto",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
"""What a response repeats of its request, with what holds where the request says nothing."""
_OPEN: Final = ("reasoning", "text")
"""Objects whose members have values of their own where they are not said."""


def echo_of(body: Json) -> Json:
    """What the response to a request repeats of it."""
    echo: Json = {}
    for name, default in _ECHO.items():
        given = body.get(name)
        if given is None:
            echo[name] = default
        else:
            echo[name] = {**default, **given} if name in _OPEN else given
    return echo


def begun(mark: str, created: int, model: str, echo: Json) -> Json:
    """A response that has just begun.

    Args:
        mark: Its id.
        created: Seconds since 1970.
        model: As the caller is told.
        echo: See `echo_of`.
    """
    return {
        "id": mark,
        "object": "response",
        "created_at": created,
        "status": IN_PROGRESS,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        **(echo or echo_of({})),
        "usage": None,
    }


def ended(finish: str | None) -> Json:
    """The members that tell how a response ended, from chat's finish reason."""
    reason = _INCOMPLETE.get(finish or "")
    if reason is None:
        return {"status": COMPLETED}
    return {"status": INCOMPLETE, "incomplete_details": {"reason": reason}}
