"""Reasoning: `reasoning_effort` and `thinking` in the form that the family takes.

Claude's budget of tokens is part of `maxTokens`, so a chat caller's limit is raised by it: what is left is what was
asked for. A model that cannot be asked to reason gets nothing, and the drop is named.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html,
https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.anthropic.draft import answer_room, is_whole
from proxy.codecs.anthropic.models import Capability
from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.core.shape import Json

_SCALE: Final = ("low", "medium", "high", "xhigh", "max")
_SYNONYMS: Final = {"minimal": "low"}
_BUDGETS: Final = {"low": 2_048, "medium": 8_192, "high": 16_384, "xhigh": 32_000, "max": 32_000}
_EFFORTS_UP_TO: Final = ((4_000, "low"), (12_000, "medium"), (24_000, "high"))
_LEAST_BUDGET: Final = 1_024
_THREE: Final = {"low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"}
_EFFORT_BETA: Final = "effort-2025-11-24"
_REFUSED_AT_HIGH: Final = {"maxTokens": "max_tokens", "temperature": "temperature", "topP": "top_p"}
_ALL_BUT_MAX: Final = ("low", "medium", "high")


def effort(draft: Draft, value: Any) -> None:
    """`reasoning_effort`."""
    word = _SYNONYMS.get(value, value) if isinstance(value, str) else None
    if word != "none" and word not in _SCALE:
        raise unsupported(f"This model takes no reasoning effort '{value}'.", "reasoning_effort")
    draft.effort = word


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, in Anthropic's form."""
    if not isinstance(value, dict):
        raise wrong_type("thinking", "an object", value)
    kind = value.get("type")
    if kind is not None and not isinstance(kind, str):
        raise wrong_type("thinking.type", "a string", kind)
    draft.thinking = value


def shown(draft: Draft, value: Any) -> None:
    """`include_reasoning`: whether to show what the model thinks, and no word of how much that should be."""
    if value is True:
        draft.shown = True
    else:
        draft.drop("include_reasoning")


def settle(draft: Draft) -> None:
    """Write what asks for reasoning, when the conversation is known."""
    if draft.thinking is None and draft.effort is None:
        if draft.shown:
            _show(draft)
        return
    _FORMS[draft.family.reasoning](draft)


def _show(draft: Draft) -> None:
    """What the model thinks by itself, to be shown; other families than Claude need not be asked, or cannot be."""
    able = draft.family.claude
    if able is not None and able.thinks_unasked:
        draft.additional["thinking"] = _adaptive(able)
    else:
        draft.drop("include_reasoning")


def _nowhere(draft: Draft) -> None:
    if draft.thinking is not None:
        draft.drop("thinking")
    if draft.effort not in (None, "none"):
        draft.drop("reasoning_effort")


def _as_effort(draft: Draft) -> None:
    """The open models of OpenAI: three levels, and no way not to reason."""
    word = _word(draft)
    draft.additional["reasoning_effort"] = "low" if word is None else _THREE[word]


def _as_nova(draft: Draft) -> None:
    word = _word(draft)
    if word is None:
        draft.additional["reasoningConfig"] = {"type": "disabled"}
        return
    level = _THREE[word]
    draft.additional["reasoningConfig"] = {"type": "enabled", "maxReasoningEffort": level}
    if level == "high":
        # The highest level refuses every limit and sampler.
        for native, name in _REFUSED_AT_HIGH.items():
            if draft.inference.pop(native, None) is not None:
                draft.drop(name)
        if draft.additional.pop("inferenceConfig", None) is not None:
            draft.drop("top_k")


def _as_claude(draft: Draft) -> None:
    able = draft.family.claude
    assert able is not None, "only Claude's row asks for this form"
    wish = _fitted(draft, able) if draft.thinking else _from_effort(draft, able)
    if wish and wish.get("type") == "enabled":
        if not _may_think(draft.messages):
            draft.drop("thinking" if draft.thinking else "reasoning_effort")
            wish = None
        else:
            _make_room(draft, wish, able)
    if wish:
        draft.additional["thinking"] = wish
    _write_effort(draft, able)


def _word(draft: Draft) -> str | None:
    """The level that is meant, whichever way it was said; None for no reasoning."""
    if draft.effort is not None:
        return None if draft.effort == "none" else draft.effort
    given = draft.thinking or {}
    if given.get("type") in ("disabled", "between_tools"):
        return None
    return _level_of(given.get("budget_tokens"))


def _level_of(budget: Any) -> str:
    if isinstance(budget, bool) or not isinstance(budget, int):
        return "medium"
    return next((word for most, word in _EFFORTS_UP_TO if budget < most), "xhigh")


def _from_effort(draft: Draft, able: Capability) -> Json | None:
    """What `reasoning_effort` alone means to this Claude."""
    word = draft.effort
    if word is None or word == "none":
        return _off(draft, able)
    if "adaptive" in able.thinking:
        return _adaptive(able)
    if "enabled" in able.thinking:
        return {"type": "enabled", "budget_tokens": _BUDGETS[word]}
    draft.drop("reasoning_effort")
    return None


def _fitted(draft: Draft, able: Capability) -> Json | None:
    """The caller's own `thinking`, or the nearest thing that this Claude takes."""
    given = draft.thinking or {}
    kind = given.get("type")
    if kind in able.thinking:
        return dict(given)
    if kind in ("disabled", "between_tools"):
        return _off(draft, able)
    if kind == "enabled" and "adaptive" in able.thinking:
        draft.effort = draft.effort or _level_of(given.get("budget_tokens"))
        wish = _adaptive(able)
        return {**wish, "display": given["display"]} if "display" in given else wish
    if kind == "adaptive" and "enabled" in able.thinking:
        word = draft.effort if draft.effort in _BUDGETS else "medium"
        return {"type": "enabled", "budget_tokens": _BUDGETS[str(word)]}
    draft.drop("thinking")
    return None


def _adaptive(able: Capability) -> Json:
    return {"type": "adaptive", **({"display": "summarized"} if able.hides_thinking else {})}


def _off(draft: Draft, able: Capability) -> Json | None:
    """As little reasoning as the model can do with."""
    for kind in ("disabled", "between_tools"):
        if kind in able.thinking:
            return {"type": kind}
    draft.effort = able.efforts[0] if able.efforts else None
    return None


def _make_room(draft: Draft, wish: Json, able: Capability) -> None:
    """Keep the budget below `maxTokens`, which is raised before the budget is lowered."""
    budget = wish.get("budget_tokens")
    if isinstance(budget, bool) or not isinstance(budget, int):
        return
    limit = asked = draft.inference.get("maxTokens")
    if limit is None:
        limit = able.max_tokens
    elif not is_whole(draft.dialect, draft.thinking):
        limit = min(limit + budget, max(limit, able.max_tokens))
    draft.inference["maxTokens"] = limit = max(limit, _LEAST_BUDGET + 1)
    most = limit - answer_room(draft.thinking, asked, limit)
    wish["budget_tokens"] = max(_LEAST_BUDGET, min(budget, most))


def _write_effort(draft: Draft, able: Capability) -> None:
    word = draft.effort
    if word is None or word == "none":
        return
    if not able.efforts:
        if draft.thinking:
            draft.drop("reasoning_effort")
        return
    thinking = draft.additional.get("thinking", {}).get("type")
    if (
        able.thinks_unasked
        and thinking in ("disabled", "between_tools")
        and word in ("xhigh", "max")
    ):
        word = "high"
    upto = _SCALE[: _SCALE.index(word) + 1]
    draft.additional["output_config"] = {"effort": [e for e in able.efforts if e in upto][-1]}
    if able.efforts == _ALL_BUT_MAX:
        draft.additional.setdefault("anthropic_beta", []).append(_EFFORT_BETA)


def _may_think(messages: list[Json]) -> bool:
    """Whether reasoning on a budget may go on from here: not after a prefill, nor in a loop whose blocks are lost."""
    last = messages[-1]
    if last["role"] == "assistant":
        return False
    if not any("toolResult" in block for block in last["content"]):
        return True
    called = next(turn for turn in reversed(messages) if turn["role"] == "assistant")
    return "reasoningContent" in called["content"][0]


_FORMS: Final[dict[str, Callable[[Draft], None]]] = {
    "": _nowhere,
    "claude": _as_claude,
    "nova": _as_nova,
    "effort": _as_effort,
}
