"""Whether and how much the model thinks: `think` is a boolean or a level.

A model of the gpt-oss family takes only levels, knows none above `high`, and cannot be kept from thinking.

Source: https://docs.ollama.com/capabilities/thinking (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.plain.complaint import an_object, invalid
from proxy.codecs.plain.draft import Draft
from proxy.codecs.plain.effort import CALM
from proxy.core.shape import Json

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
    _write(draft, _EFFORTS[value])


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, the object in which other protocols switch it on and off."""
    kind = an_object(value, "thinking").get("type")
    _write(draft, kind not in CALM)


def think(draft: Draft, value: Any) -> None:
    """`think`, in the server's own form, which counts for more than an effort."""
    if value is True and isinstance(draft.body.get("think"), str):
        draft.drop("reasoning_effort")
    _write(draft, value)


def has_level(body: Json) -> bool:
    """Whether a request asks for a level of thinking, and not only for thinking or none."""
    value = body.get("think")
    if value is None:
        value = _EFFORTS.get(str(body.get("reasoning_effort")))
    return isinstance(value, str)


def _write(draft: Draft, value: Any) -> None:
    if _ONLY_LEVELS in draft.model and isinstance(value, bool | str):
        value = _LEVELS.get(value, value)
    draft.body["think"] = value
