"""Usage in the chat API's words: the same counts under other names, and whatever else the provider says beside them.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.core.usage import count

_DETAILS: Final = {
    "prompt_tokens_details": "input_tokens_details",
    "completion_tokens_details": "output_tokens_details",
}
_NAMED: Final = frozenset(
    {"input_tokens", "output_tokens", "total_tokens", *_DETAILS, *_DETAILS.values()}
)


def usage_of(response: Json) -> Json | None:
    """The `usage` of a response object as chat's; None where it counts nothing."""
    usage = response.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, completion = count(usage.get("input_tokens")), count(usage.get("output_tokens"))
    if prompt is None and completion is None:
        return None
    prompt, completion = prompt or 0, completion or 0
    wire: Json = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
    for name, native in _DETAILS.items():
        if details := _known(usage.get(native)):
            wire[name] = details
    if searches := sum(map(_is_search, _listed(response.get("output")))):
        wire["server_tool_use"] = {"web_search_requests": searches}
    return {**wire, **{k: v for k, v in usage.items() if k not in _NAMED and v is not None}}


def _is_search(item: Any) -> bool:
    action = item.get("action") if isinstance(item, dict) else None
    searches = isinstance(action, dict) and action.get("type") == "search"
    return searches and item.get("type") == "web_search_call"


def _listed(output: Any) -> list[Any]:
    return output if isinstance(output, list) else []


def _known(details: Any) -> Json:
    given = details if isinstance(details, dict) else {}
    return {name: value for name, value in given.items() if value is not None}
