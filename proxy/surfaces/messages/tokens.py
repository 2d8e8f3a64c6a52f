"""Usage as the Messages API tells it: fresh input apart from what was read from a cache or written to one.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from proxy.core.shape import Json
from proxy.core.usage import Usage


def usage_of(usage: object, searched: int = 0) -> Json:
    """A chat `usage` object as a Messages one; counts that nobody told are left out, the two that must be there are 0.

    Args:
        usage: As chat has it.
        searched: Searches of the web that the answer tells of.
    """
    read = Usage.read(usage) or Usage()
    cached, written = read.cached, read.cache_write
    counts: Json = {
        "input_tokens": max(0, read.prompt - (cached or 0) - (written or 0)),
        "output_tokens": read.completion,
    }
    if cached is not None:
        counts["cache_read_input_tokens"] = cached
    if written is not None:
        counts["cache_creation_input_tokens"] = written
    if read.cache_write_1h is not None:
        long = min(read.cache_write_1h, written or 0)
        counts["cache_creation"] = {
            "ephemeral_5m_input_tokens": (written or 0) - long,
            "ephemeral_1h_input_tokens": long,
        }
    if read.reasoning is not None:
        counts["output_tokens_details"] = {"thinking_tokens": read.reasoning}
    if made := read.searches or searched:
        counts["server_tool_use"] = {"web_search_requests": made, "web_fetch_requests": 0}
    return counts


def whole_usage_of(usage: object, searched: int = 0) -> Json:
    """The same for a whole message, where the counts of the cache are always there and may be null."""
    unknown = {"cache_creation_input_tokens": None, "cache_read_input_tokens": None}
    return {**unknown, **usage_of(usage, searched)}
