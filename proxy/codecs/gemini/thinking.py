"""Reasoning: `reasoning_effort` and `thinking` as the level or the budget that the model takes, and the room it needs.

Google counts thoughts as output, so that a small limit would leave nothing for the answer: where the model may think,
the caller's limit is raised by what thinking may take.

Source: https://ai.google.dev/gemini-api/docs/thinking (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.gemini.draft import Draft
from proxy.codecs.gemini.models import LEVELS, Budget, Level
from proxy.codecs.plain.complaint import an_object, unsupported
from proxy.codecs.plain.effort import CALM
from proxy.core.shape import Json

ROOM: Final = 1_024
"""Tokens beyond the caller's limit, where the model says itself how much it thinks."""
MAX_OUTPUT: Final = 65_536

_WORDS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_RANKS: Final = {"none": 0, "minimal": 0, "low": 1, "medium": 2, "high": 3, "xhigh": 4, "max": 4}
"""Places among `LEVELS`."""
_BUDGETS: Final = {"minimal": 1_024, "low": 4_096, "medium": 8_192}
"""What the words mean in tokens; those beyond mean all that the model has."""
_WORDS_UP_TO: Final = ((2_048, "minimal"), (6_144, "low"), (16_384, "medium"))


def effort(draft: Draft, value: Any) -> None:
    """`reasoning_effort`."""
    if not isinstance(value, str) or value not in _WORDS:
        raise unsupported(f"This model takes no reasoning effort '{value}'.", "reasoning_effort")
    draft.effort = value


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, as Anthropic's clients write it: a type and perhaps a budget of tokens."""
    draft.thinking = an_object(value, "thinking")


def shown(draft: Draft, value: Any) -> None:
    """`include_reasoning`: whether to show what the model thinks, and no word of how much that should be."""
    if value is True:
        draft.shown = True
    else:
        draft.drop("include_reasoning")


def settle(draft: Draft) -> None:
    """Write `thinkingConfig` and `maxOutputTokens`."""
    wish = draft.config.get("thinkingConfig") or _wish(draft)
    if wish:
        draft.config["thinkingConfig"] = wish
    if draft.limit is not None:
        most = MAX_OUTPUT if draft.must_limit else max(draft.limit, MAX_OUTPUT)
        room = 0 if _is_whole(draft) else _room(draft, wish)
        draft.config["maxOutputTokens"] = min(draft.limit + room, most)


def _is_whole(draft: Draft) -> bool:
    """Whether the caller's limit has room for thinking already."""
    return draft.must_limit and (draft.thinking or {}).get("type") == "enabled"


def _wish(draft: Draft) -> Json | None:
    if draft.effort is None and not draft.thinking:
        return _unasked(draft) if draft.shown else None
    word, tokens = _asked(draft)
    if not draft.able.thinks:
        if word != "none":
            draft.drop("thinking" if draft.thinking else "reasoning_effort")
        return None
    wish = _measure(draft, word, tokens)
    # Summaries of the thoughts are for those who asked for thinking; others would only pay for them in time.
    return wish if word == "none" else {**wish, "includeThoughts": True}


def _unasked(draft: Draft) -> Json | None:
    """What the model thinks by itself, to be shown."""
    if draft.able.thinks_unasked:
        return {"includeThoughts": True}
    draft.drop("include_reasoning")
    return None


def _asked(draft: Draft) -> tuple[str, int | None]:
    """The effort as a word, and the budget where the caller gave one. `reasoning_effort` comes before `thinking`."""
    given = draft.thinking or {}
    kind, tokens = given.get("type"), given.get("budget_tokens")
    if not isinstance(tokens, int) or isinstance(tokens, bool):
        tokens = None
    if draft.effort is not None:
        return draft.effort, tokens if kind == "enabled" else None
    if kind in CALM:
        return "none", None
    return _word_for(tokens), tokens


def _word_for(tokens: int | None) -> str:
    if tokens is None:
        return "medium"
    return next((word for most, word in _WORDS_UP_TO if tokens < most), "high")


def _measure(draft: Draft, word: str, tokens: int | None) -> Json:
    if draft.able.budget:
        return {"thinkingBudget": _budget(draft.able.budget, word, tokens)}
    return {"thinkingLevel": _level(draft.able.levels, word)}


def _level(levels: tuple[Level, ...], word: str) -> Level:
    """The weakest level that is at least as strong as the word, or the strongest."""
    return next((each for each in levels if LEVELS.index(each) >= _RANKS[word]), levels[-1])


def _budget(bounds: Budget, word: str, tokens: int | None) -> int:
    if word == "none":
        return 0 if bounds.may_be_off else bounds.least
    wished = tokens if tokens is not None else _BUDGETS.get(word, bounds.most)
    return max(bounds.least, min(wished, bounds.most))


def _room(draft: Draft, wish: Json | None) -> int:
    """Tokens that thinking may take of the answer's limit."""
    budget = wish.get("thinkingBudget") if wish else None
    if isinstance(budget, int) and budget >= 0:
        return budget
    return ROOM if wish or draft.able.thinks_unasked else 0
