"""Brings `reasoning_effort` into what each vendor's models take of it, and drops what reasoning models refuse beside it.

Sources, all read 2026-11-21: https://console.groq.com/docs/reasoning, https://docs.x.ai/docs/guides/reasoning,
https://inference-docs.cerebras.ai/capabilities/reasoning, https://docs.together.ai/docs/reasoning-overview,
https://docs.fireworks.ai/guides/reasoning.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.wish import LOW_TO_HIGH, NONE_TO_HIGH, level, taken

_GROQ_QWEN: Final = {"none": "none", **dict.fromkeys(LOW_TO_HIGH, "default"), "default": "default"}
_GROQ_LEVELLED: Final = re.compile(r"(.*/)?qwen3\.[5-9]")
"""Qwen models that take levels in place of `default`."""

_XAI_PLAIN: Final = re.compile(r"grok-(2|3(?!-mini)|beta)|.*non-reasoning")
"""Models that do not reason."""
_XAI_LEVELLED: Final = re.compile(r"grok-(3-mini|4\.[3-9](?!\d)|[5-9]|.*latest)")
"""Models that reason as much as they are told; all others refuse to be told."""
_XAI_REFUSED: Final = ("presence_penalty", "frequency_penalty", "stop")

_TOGETHER_HYBRID: Final = re.compile(
    r"deepseek-v(3\.[1-9]|[4-9])|glm-|kimi-k(2\.[5-9]|[3-9])|qwen3"
)


def effort_levels(draft: Draft) -> None:
    """`none`, `low`, `medium` and `high` are all that there is."""
    level(draft, NONE_TO_HIGH)


def groq_reasoning(draft: Draft) -> None:
    """GPT-OSS has three levels, Qwen a switch, others nothing; reasoning is asked for beside the content."""
    if "gpt-oss" in draft.model:
        level(draft, LOW_TO_HIGH)
        return
    if "qwen" not in draft.model:
        level(draft, {})
        return
    level(draft, NONE_TO_HIGH if _GROQ_LEVELLED.match(draft.model) else _GROQ_QWEN)
    # The default of these models, tags in the content, is refused beside tools and JSON mode.
    if draft.value("include_reasoning") is None:
        draft.default("reasoning_format", "parsed")


def together_reasoning(draft: Draft) -> None:
    """GPT-OSS has three levels, hybrid models a switch, others nothing."""
    if "gpt-oss" in draft.model:
        level(draft, LOW_TO_HIGH)
    elif _TOGETHER_HYBRID.search(draft.model):
        wish = taken(draft)
        if wish.on is not None:
            draft.default("reasoning", {"enabled": wish.on})
    else:
        level(draft, {})


def xai_reasoning(draft: Draft) -> None:
    """Models that reason refuse penalties and stop sequences; only some can be told how much."""
    if not _XAI_PLAIN.match(draft.model):
        draft.drop(*_XAI_REFUSED)
    level(draft, NONE_TO_HIGH if _XAI_LEVELLED.match(draft.model) else {})


def cerebras_reasoning(draft: Draft) -> None:
    """GPT-OSS always reasons, at one of three levels; GLM can be told not to; others do not reason."""
    if "gpt-oss" in draft.model:
        level(draft, LOW_TO_HIGH)
    elif "glm" in draft.model:
        if taken(draft).on is False:
            draft.default("disable_reasoning", True)
    else:
        level(draft, {})
