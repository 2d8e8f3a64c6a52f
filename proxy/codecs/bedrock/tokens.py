"""Token counts of a Converse answer, in the convention of the house.

The provider counts fresh, read and written input apart; its total is not believed, because not every model has the
same idea of it. Reasoning is not counted apart. Of written input, what stays for an hour is told by itself
(`cacheDetails`), because it costs more.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.usage import Usage, count

_AN_HOUR: Final = "1h"


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
        # Of most answers this is 0, which chat has no need to be told.
        cache_write_1h=_written_for(_AN_HOUR, usage.get("cacheDetails")) or None,
    )


def _written_for(lifetime: str, details: Any) -> int:
    """The tokens written to a cache in which they stay that long."""
    listed = details if isinstance(details, list) else ()
    told = [each for each in listed if isinstance(each, dict) and each.get("ttl") == lifetime]
    return sum(count(each.get("inputTokens")) or 0 for each in told)
