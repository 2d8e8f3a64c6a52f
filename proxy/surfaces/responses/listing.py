"""The items that a kept response was asked with, as they are listed: in pages, and each with an id.

Invariant: pure; the same items are listed in the same way, whichever page is asked for.
Source: https://developers.openai.com/api/reference/resources/responses/subresources/input_items (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json
from proxy.surfaces.complaint import not_one_of
from proxy.surfaces.paging import limit_of, place_of

PAGE: Final = 20
"""Items on a page, where the caller does not say."""
MAX_PAGE: Final = 100
ORDERS: Final = ("asc", "desc")
"""Oldest first, or last first, which is the usual one."""

_PREFIXES: Final = {
    "message": "msg",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "function_call_output": "fco",
    "custom_tool_call_output": "ctco",
    "reasoning": "rs",
}


def listed(mark: str, items: list[Any], query: dict[str, str]) -> Json:
    """One page.

    Args:
        mark: The response's id.
        items: What it was asked with, in order.
        query: `order`, `limit` and `after`, as far as they came.

    Raises:
        ProxyError: INVALID_REQUEST where the query asks for what there cannot be.
    """
    named = [_named(mark, place, item) for place, item in enumerate(items)]
    order = query.get("order", "desc")
    if order not in ORDERS:
        raise not_one_of("order", order, ORDERS)
    if order == "desc":
        named.reverse()
    limit, after = limit_of(query.get("limit"), PAGE, MAX_PAGE), query.get("after")
    if after is not None:
        named = named[place_of([item["id"] for item in named], after, "after") + 1 :]
    page = named[:limit]
    return {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(page) < len(named),
    }


def _named(mark: str, place: int, item: Any) -> Json:
    """An item in its full form: with its type, an id, and content in parts."""
    kind = item.get("type", "message")
    whole: Json = {"id": f"{_PREFIXES.get(kind, 'item')}_{mark.removeprefix('resp_')}_in_{place}"}
    if kind == "message":
        whole["status"] = "completed"
    whole |= {**item, "type": kind}
    if kind == "message" and isinstance(whole.get("content"), str):
        said = "output_text" if whole.get("role") == "assistant" else "input_text"
        whole["content"] = [{"type": said, "text": whole["content"]}]
    return whole
