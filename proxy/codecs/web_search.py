"""A web search that the provider makes itself: who can, and what of a caller's wishes for it each can be told.

The wishes are `web_search_options` as chat has them, and beside these what other APIs know of a search: `allowed_domains`,
`blocked_domains`, `max_uses`, `required` (it must be made), `type`, Anthropic's name for the very tool, and `sources`, which the
caller would see.

Invariant: pure; a wish that a target has no form for is named, whatever its shape.
Source: https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool,
https://developers.openai.com/api/docs/guides/tools-web-search, https://ai.google.dev/gemini-api/docs/google-search,
https://openrouter.ai/docs/guides/features/server-tools/web-search (read 2026-11-22).
"""

from __future__ import annotations

import re
from typing import Any, Final

from proxy.core.shape import Json, Target

OPTIONS: Final = "web_search_options"
REQUIRED: Final = "required"
TYPE: Final = "type"
_SOURCES: Final = "sources"
CHAT: Final = ("search_context_size", "user_location")
"""What chat has."""
OPENROUTER: Final = "openrouter_search"
"""The edit of a vendor whose search is a tool beside the functions of a chat call."""

_SEARCH_ALWAYS: Final = re.compile(r"(?<!re)search|sonar")
_PROTOCOLS: Final = frozenset({"anthropic", "gemini", "responses", "vertex"})
"""Not Bedrock: to Claude there, too, the tool of Anthropic's own is none, and its refusal would be the last word."""


def searches_always(model: str) -> bool:
    """Whether a model of a chat API searches with every call: `web_search_options` only say how."""
    return _SEARCH_ALWAYS.search(model.lower()) is not None


def can_search(target: Target) -> bool:
    """Whether a target's model can be offered a search, or makes one unasked; what one model cannot, its codec says."""
    if target.protocol in _PROTOCOLS:
        return True
    return OPENROUTER in target.quirks.request or searches_always(target.model)


def place_of(options: Json) -> Json | None:
    """Where the user is, flat, as all have it but chat; None where that is not said."""
    where = options.get("user_location")
    place = where.get("approximate") if isinstance(where, dict) else None
    return {"type": "approximate", **place} if isinstance(place, dict) else None


def unsaid(options: Json, *said: str) -> list[str]:
    """The names of the wishes that are left out.

    Args:
        options: The wishes.
        said: Those that the target has a form for.
    """
    known = {*said, TYPE, _SOURCES}
    return [
        "tool_choice" if name == REQUIRED else f"{OPTIONS}.{name}"
        for name, value in options.items()
        if name not in known and value not in (None, [], {}, False)
    ]


def options_of(value: Any) -> Json:
    """The wishes; none where they are no object."""
    return value if isinstance(value, dict) else {}
