"""Token counts of a Converse answer, in the convention of the house.

The provider counts fresh, read and written input apart; its total is not believed, because not every model has the
same idea of it. Reasoning is not counted apart, and written input by its lifetime (`cacheDetails`) has no form in chat.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any

from proxy.core.usage import Usage, count


def usage_of(usage: Any) -> Usage | None:
    """The counts of a native `usage` object; None where it has none."""
    if not isinstance(usage, dict):
        return None
    fresh, completion = count(usage.get("inputTokens")), count(usage.get("outputTokens"))
    cached = count(usage.get("cacheReadInputTokens"))
    written = count(usage.get("cacheWriteInputTokens"))
    if fresh is None and completion is None:
        return None
    return Usage(
        prompt=(fresh or 0) + (cached or 0) + (written or 0),
        completion=completion or 0,
        cached=cached,
        cache_write=written,
    )
