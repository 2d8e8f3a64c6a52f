"""How much reasoning a `thinking` object asks for, in the words of `reasoning_effort`.

Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking,
https://platform.openai.com/docs/guides/reasoning (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

_UP_TO: Final = ((4_000, "low"), (12_000, "medium"))
CALM: Final = ("disabled", "between_tools")
"""Types of a `thinking` that asks for none ahead of the answer."""


def effort_for(thinking: object) -> str | None:
    """The effort that a `thinking` of Anthropic's form means: `none`, `low`, `medium` or `high`.

    Returns:
        None where it says nothing.
    """
    given = thinking if isinstance(thinking, dict) else {}
    kind, budget = given.get("type"), given.get("budget_tokens")
    if not isinstance(kind, str):
        return None
    if kind in CALM:
        return "none"
    if isinstance(budget, bool) or not isinstance(budget, int):
        return "medium"
    return next((word for most, word in _UP_TO if budget < most), "high")
