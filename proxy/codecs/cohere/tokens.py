"""Token counts of an answer: what was really read and written, and how much of it is not billed: the hidden prompt.

Source: https://docs.cohere.com/v2/reference/chat, field `usage` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.usage import Usage, count

_COUNTS: Final = ("input_tokens", "output_tokens")


def usage_of(value: Any) -> Usage | None:
    """Read a `usage` object; None where it counts nothing. Billed units stand in where there are no tokens."""
    usage = _object(value)
    billed = _object(usage.get("billed_units"))
    for counted in (_object(usage.get("tokens")), billed):
        prompt, completion = (count(counted.get(name)) for name in _COUNTS)
        if prompt is not None or completion is not None:
            return Usage(
                prompt or 0,
                completion or 0,
                cached=count(usage.get("cached_tokens")),
                reasoning=count(counted.get("reasoning_tokens")),
                unbilled_input=_left(prompt, billed, "input_tokens"),
                unbilled_output=_left(completion, billed, "output_tokens"),
            )
    return None


def _left(tokens: int | None, billed: Json, name: str) -> int | None:
    """Of so many tokens those that are not billed; None where that is none, or not told."""
    asked = count(billed.get(name))
    return max(0, (tokens or 0) - asked) or None if asked is not None else None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
