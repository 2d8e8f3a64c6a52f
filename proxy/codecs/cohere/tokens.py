"""Token counts of an answer: what was really read and written, not what is billed, which leaves the hidden prompt out.

Source: https://docs.cohere.com/v2/reference/chat, field `usage` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any

from proxy.core.shape import Json
from proxy.core.usage import Usage, count


def usage_of(value: Any) -> Usage | None:
    """Read a `usage` object; None where it counts nothing. Billed units stand in where there are no tokens."""
    usage = _object(value)
    for name in ("tokens", "billed_units"):
        counted = _object(usage.get(name))
        prompt, completion = count(counted.get("input_tokens")), count(counted.get("output_tokens"))
        if prompt is not None or completion is not None:
            return Usage(
                prompt or 0,
                completion or 0,
                cached=count(usage.get("cached_tokens")),
                reasoning=count(counted.get("reasoning_tokens")),
            )
    return None


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
