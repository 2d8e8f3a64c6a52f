"""Whether and how much the model thinks: on or off, and a budget of tokens.

Source: https://docs.cohere.com/docs/reasoning (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.cohere.models import reasons
from proxy.codecs.plain.complaint import an_object, invalid
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.effort import CALM
from proxy.core.shape import Json

_EFFORTS: Final[dict[str, Json]] = {
    "none": {"type": "disabled"},
    "minimal": {"type": "enabled", "token_budget": 1024},
    "low": {"type": "enabled", "token_budget": 1024},
    "medium": {"type": "enabled", "token_budget": 4096},
    "high": {"type": "enabled"},
    "xhigh": {"type": "enabled"},
    "max": {"type": "enabled"},
}


def effort(draft: Draft, value: Any) -> None:
    """`reasoning_effort`.

    Raises:
        ProxyError: INVALID_REQUEST.
    """
    if not isinstance(value, str) or value not in _EFFORTS:
        raise invalid(
            f"Invalid 'reasoning_effort': expected one of {', '.join(_EFFORTS)}.",
            "reasoning_effort",
        )
    _write(draft, "reasoning_effort", _EFFORTS[value])


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, in this provider's form or in the one that others have for it."""
    given = an_object(value, "thinking")
    if given.get("type") in CALM:
        _write(draft, "thinking", {"type": "disabled"})
        return
    budget = given.get("token_budget", given.get("budget_tokens"))
    budgeted: Json = {} if budget is None else {"token_budget": budget}
    _write(draft, "thinking", {"type": "enabled", **budgeted})


def _write(draft: Draft, name: str, native: Json) -> None:
    if reasons(draft.model):
        draft.body["thinking"] = dict(native)
    elif native["type"] == "enabled":
        draft.drop(name)
