"""What a request says of reasoning, in either of the two ways that chat has for it: an effort, or `thinking`.

Source: https://platform.openai.com/docs/guides/reasoning (read 2026-11-21).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.codecs.plain.effort import CALM
from proxy.codecs.vendors.draft import Draft

LOW_TO_HIGH: Final = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
"""Every effort that is one, in the three words that most vendors know."""

NONE_TO_HIGH: Final = {"none": "none", **LOW_TO_HIGH}


@dataclass(frozen=True, slots=True)
class Wish:
    """How much reasoning is asked for."""

    on: bool | None
    """Whether there should be any; None where the request leaves it open."""
    effort: str | None = None
    """The effort, in lower case, where one was said."""
    budget: int | None = None
    """Tokens that it may take."""


def wish_of(draft: Draft) -> Wish:
    """Read a draft; nothing is taken away."""
    said = draft.value("reasoning_effort")
    effort = said.lower() if isinstance(said, str) and said else None
    thinking = draft.object("thinking")
    kind, budget = thinking.get("type"), thinking.get("budget_tokens")
    on = None if not kind else kind not in CALM
    if effort is not None:
        on = effort != "none"
    return Wish(on, effort, budget if isinstance(budget, int) and budget > 0 else None)


def taken(draft: Draft) -> Wish:
    """Read a draft and take away what said it, for a vendor that has other words."""
    wish = wish_of(draft)
    draft.take("reasoning_effort")
    draft.take("thinking")
    return wish


def level(draft: Draft, levels: dict[str, str]) -> None:
    """Bring the effort into the words that a vendor has; one that it has no word for is dropped."""
    said = draft.value("reasoning_effort")
    if said is None:
        return
    word = levels.get(said.lower()) if isinstance(said, str) else None
    if word is None:
        draft.drop("reasoning_effort")
    elif word != said:
        draft.put("reasoning_effort", word)
