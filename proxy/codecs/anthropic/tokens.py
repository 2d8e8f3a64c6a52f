"""Token counts of a Messages answer, in the convention of the house.

The provider counts fresh, read and written input apart, and streams counts that are totals so far: a later one
replaces an earlier one, where it is there at all. Where a model was asked several times for one answer (the history was
summed up on the way, another model went on), the totals are those of the last alone, and `iterations` has all that is paid.

Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.usage import Usage, count

_FIELDS: Final = (
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
)
_HOUR: Final = "ephemeral_1h_input_tokens"
"""Of what was written to a cache, the part that stays for an hour and costs more."""
_FAST: Final = "fast"
"""The `speed` that costs more: what chat calls a service tier."""


class Tokens:
    """The counts of one answer so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._paid: dict[str, int] = {}
        """Of all iterations together, where they are told."""
        self.tier = ""
        """The service tier, where it has a price of its own."""
        self._reasoning: int | None = None
        self._written_1h: int | None = None
        self._searches: int | None = None

    def take(self, usage: Any) -> None:
        """Take a native `usage` object; anything else says nothing."""
        if not isinstance(usage, dict):
            return
        for name in _FIELDS:
            if (value := count(usage.get(name))) is not None:
                self._counts[name] = value
        if usage.get("speed") == _FAST:
            self.tier = _FAST
        self._paid = _sums(usage.get("iterations")) or self._paid
        thought = _part(usage, "output_tokens_details", "thinking_tokens")
        self._reasoning = self._reasoning if thought is None else thought
        searches = _part(usage, "server_tool_use", "web_search_requests")
        self._searches = self._searches if searches is None else searches
        written = _part(usage, "cache_creation", _HOUR)
        # Of most answers this is 0, which chat has no need to be told.
        self._written_1h = written or self._written_1h

    def usage(self) -> Usage | None:
        """The counts as chat has them; None where the provider gave none."""
        counts = self._counts | self._paid
        if not counts:
            return None
        fresh, completion, cached, written = (counts.get(name) for name in _FIELDS)
        return Usage(
            prompt=(fresh or 0) + (cached or 0) + (written or 0),
            completion=completion or 0,
            cached=cached,
            cache_write=written,
            reasoning=self._reasoning,
            cache_write_1h=self._paid.get(_HOUR) or self._written_1h,
            searches=self._searches or None,
        )


def _sums(iterations: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in iterations if isinstance(iterations, list) else ():
        if isinstance(each, dict):
            told = {name: count(each.get(name)) for name in _FIELDS}
            told[_HOUR] = _part(each, "cache_creation", _HOUR)
            for name, value in told.items():
                if value is not None:
                    sums[name] = sums.get(name, 0) + value
    return sums


def _part(usage: Json, whole: str, part: str) -> int | None:
    details = usage.get(whole)
    return count(details.get(part)) if isinstance(details, dict) else None
