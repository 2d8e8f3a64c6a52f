"""Reasoning: `reasoning_effort` and `thinking` in the form that the model takes, and the token limit that fits it.

A budget of tokens is part of `max_tokens`, so a chat caller's limit is raised by it: what is left is what was asked for.
Reasoning on a budget is refused in the middle of a tool loop whose signed blocks are lost, and after a prefill; there
it is left out for this one turn.

Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking, .../adaptive-thinking and .../effort
(read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.draft import Draft, answer_room, is_whole
from proxy.codecs.anthropic.replay import SIGNED
from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.core.shape import Json

_SCALE: Final = ("low", "medium", "high", "xhigh", "max")
_SYNONYMS: Final = {"minimal": "low"}
_BUDGETS: Final = {"low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 32_000, "max": 32_000}
_EFFORTS_UP_TO: Final = ((4_000, "low"), (12_000, "medium"), (24_000, "high"))
_LEAST_BUDGET: Final = 1_024
_CALM: Final = frozenset({"disabled", "between_tools"})


def effort(draft: Draft, value: Any) -> None:
    """`reasoning_effort`."""
    word = _SYNONYMS.get(value, value) if isinstance(value, str) else None
    if word != "none" and word not in _SCALE:
        raise unsupported(f"This model takes no reasoning effort '{value}'.", "reasoning_effort")
    draft.effort = word


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, in the provider's own form."""
    if not isinstance(value, dict):
        raise wrong_type("thinking", "an object", value)
    draft.thinking = value


def shown(draft: Draft, value: Any) -> None:
    """`include_reasoning`: whether to show what the model thinks, and no word of how much that should be."""
    if value is True:
        draft.shown = True
    else:
        draft.drop("include_reasoning")


def settle(draft: Draft) -> None:
    """Write `max_tokens`, `thinking` and the effort, when the conversation is known."""
    wish = _fitted(draft) if draft.thinking else _from_effort(draft)
    if wish and wish.get("type") == "enabled" and not _may_think(draft.messages):
        draft.drop("thinking" if draft.thinking else "reasoning_effort")
        wish = None
    draft.body["max_tokens"] = limit = draft.limit or draft.able.max_tokens
    if wish:
        draft.body["thinking"] = wish
        if wish.get("type") == "enabled":
            _make_room(draft, wish, limit)
    _write_effort(draft, wish)


def _from_effort(draft: Draft) -> Json | None:
    """What `reasoning_effort` alone means to this model."""
    able, word = draft.able, draft.effort
    if word is None:
        return _unasked(draft) if draft.shown else None
    if word == "none":
        return _off(draft)
    if "adaptive" in able.thinking:
        return _adaptive(draft)
    if "enabled" in able.thinking:
        return {"type": "enabled", "budget_tokens": _BUDGETS[word]}
    draft.drop("reasoning_effort")
    return None


def _unasked(draft: Draft) -> Json | None:
    """What the model thinks by itself, to be shown."""
    if draft.able.thinks_unasked:
        return _adaptive(draft)
    draft.drop("include_reasoning")
    return None


def _adaptive(draft: Draft) -> Json:
    if draft.able.hides_thinking:
        return {"type": "adaptive", "display": "summarized"}
    return {"type": "adaptive"}


def _off(draft: Draft) -> Json | None:
    """As little reasoning as the model can do with."""
    for kind in ("disabled", "between_tools"):
        if kind in draft.able.thinking:
            return {"type": kind}
    if draft.able.efforts:
        draft.effort = draft.able.efforts[0]
    return None


def _fitted(draft: Draft) -> Json | None:
    """The caller's own `thinking`, or the nearest thing that this model takes."""
    given = draft.thinking or {}
    kind = given.get("type")
    fit = _FITS.get(kind) if isinstance(kind, str) and kind not in draft.able.thinking else None
    return fit(draft, given) if fit else dict(given)


def _fit_enabled(draft: Draft, given: Json) -> Json | None:
    if "adaptive" not in draft.able.thinking:
        draft.drop("thinking")
        return None
    budget = given.get("budget_tokens")
    if draft.effort is None and isinstance(budget, int):
        under = (word for most, word in _EFFORTS_UP_TO if budget < most)
        draft.effort = next(under, "xhigh")
    wish = _adaptive(draft)
    return {**wish, "display": given["display"]} if "display" in given else wish


def _fit_adaptive(draft: Draft, _given: Json) -> Json | None:
    if "enabled" not in draft.able.thinking:
        draft.drop("thinking")
        return None
    word = draft.effort if draft.effort in _BUDGETS else "medium"
    return {"type": "enabled", "budget_tokens": _BUDGETS[str(word)]}


def _fit_calm(draft: Draft, _given: Json) -> Json | None:
    return _off(draft)


def _make_room(draft: Draft, wish: Json, limit: int) -> None:
    """Keep the budget below `max_tokens`, which is raised before the budget is lowered."""
    budget = wish.get("budget_tokens")
    if not isinstance(budget, int):
        return
    most = max(limit, draft.able.max_tokens)
    if draft.limit is not None and not is_whole(draft.dialect, draft.thinking):
        limit = min(limit + budget, most)
    draft.body["max_tokens"] = limit = max(limit, _LEAST_BUDGET + 1)
    most = limit - answer_room(draft.thinking, draft.limit, limit)
    wish["budget_tokens"] = max(_LEAST_BUDGET, min(budget, most))


def _write_effort(draft: Draft, wish: Json | None) -> None:
    word, able = draft.effort, draft.able
    if word is None or word == "none":
        return
    if not able.efforts:
        if draft.thinking:
            draft.drop("reasoning_effort")
        return
    if (
        able.thinks_unasked
        and wish
        and str(wish.get("type")) in _CALM
        and word not in ("low", "medium")
    ):
        word = "high"
    upto = _SCALE[: _SCALE.index(word) + 1]
    level = [each for each in able.efforts if each in upto][-1]
    config = draft.body.get("output_config", {})
    draft.body["output_config"] = {"effort": level, **config}


def _may_think(messages: list[Json]) -> bool:
    """Whether reasoning on a budget may go on from here."""
    last = next(turn for turn in reversed(messages) if turn["role"] != "system")
    if last["role"] == "assistant":
        return False
    if not any(block.get("type") == "tool_result" for block in last["content"]):
        return True
    called = next(turn for turn in reversed(messages) if turn["role"] == "assistant")
    return called["content"][0].get("type") in SIGNED


_FITS: Final[dict[str, Callable[[Draft, Json], Json | None]]] = {
    "enabled": _fit_enabled,
    "adaptive": _fit_adaptive,
    "disabled": _fit_calm,
    "between_tools": _fit_calm,
}
