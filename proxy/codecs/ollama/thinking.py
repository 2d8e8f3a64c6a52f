"""Whether and how much the model thinks: `think` is a boolean or a level.

A model of the gpt-oss family takes only levels, knows none above `high`, and cannot be kept from thinking.

Source: https://docs.ollama.com/capabilities/thinking (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.plain.complaint import an_object, invalid
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.effort import CALM

_EFFORTS: Final[dict[str, bool | str]] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}
_ONLY_LEVELS: Final = "gpt-oss"
_LEVELS: Final[dict[bool | str, str]] = {False: "low", True: "medium", "max": "high"}
"""What stands for a value that a model of only levels does not take."""


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
    think(draft, _EFFORTS[value])


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, the object in which other protocols switch it on and off."""
    kind = an_object(value, "thinking").get("type")
    think(draft, kind not in CALM)


def think(draft: Draft, value: Any) -> None:
    """`think`, in the server's own form."""
    if _ONLY_LEVELS in draft.model and isinstance(value, bool | str):
        value = _LEVELS.get(value, value)
    draft.body["think"] = value
