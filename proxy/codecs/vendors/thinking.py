"""Asks each vendor's own switch for reasoning: `thinking`, `enable_thinking`, `reasoning`, template arguments.

A field that the request or the target's parameters give in the vendor's own words is never overwritten.

Sources, all read 2026-11-21: https://api-docs.deepseek.com/guides/thinking_mode,
https://openrouter.ai/docs/use-cases/reasoning-tokens, https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model,
https://docs.z.ai/guides/capabilities/thinking-mode, https://help.aliyun.com/zh/model-studio/deep-thinking,
https://www.volcengine.com/docs/82379/1449737, https://platform.minimax.io/docs/api-reference/text-openai-api,
https://docs.vllm.ai/en/latest/features/reasoning_outputs.html.
"""

from __future__ import annotations

import re
from typing import Final

from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.wish import LOW_TO_HIGH, level, taken, wish_of

_DEEPSEEK_LEVELS: Final = {**LOW_TO_HIGH, "xhigh": "max", "max": "max"}
_KIMI_FIXED: Final = re.compile(r"kimi-(k2\.[5-9]|k2-thinking|k[3-9])")
"""Kimi models whose sampling cannot be set."""
_QWEN_OPEN: Final = re.compile(r"(.*/)?qwen3-\d+(\.\d+)?b")
"""Open models that think unless told not to, and only in a stream."""
_MINIMAX_REASONING: Final = re.compile(r"(.*/)?minimax-m\d")

_JSON: Final = ("json_object", "json_schema")

_TEMPLATES: Final = (
    (re.compile(r"qwen-?3|glm-?[4-9]|nemotron"), "enable_thinking"),
    (re.compile(r"deepseek-v(3\.[1-9]|[4-9])|granite|holo|kimi-k(2\.[5-9]|[3-9])"), "thinking"),
)
"""Families of open models, and the argument of their chat template that switches reasoning."""


def deepseek_thinking(draft: Draft) -> None:
    """An effort is a switch and a level; while the model thinks it takes no forced tool choice."""
    wish = wish_of(draft)
    if wish.on is not None:
        draft.put("thinking", {"type": "enabled" if wish.on else "disabled"})
    if wish.on is False:
        draft.take("reasoning_effort")
    level(draft, _DEEPSEEK_LEVELS)
    if not _forces_a_tool(draft):
        return
    if wish.on:
        draft.drop("tool_choice")
    else:
        draft.put("thinking", {"type": "disabled"})


def openrouter_reasoning(draft: Draft) -> None:
    """Effort and budget go into the `reasoning` object, which has room for one of them."""
    if draft.object("reasoning"):
        taken(draft)
        return
    wish = taken(draft)
    if wish.on is False:
        draft.put("reasoning", {"enabled": False} if wish.effort is None else {"effort": "none"})
    elif wish.effort is not None:
        draft.put("reasoning", {"effort": wish.effort})
    elif wish.budget is not None:
        draft.put("reasoning", {"max_tokens": wish.budget})
    elif wish.on:
        draft.put("reasoning", {"enabled": True})


def moonshot_thinking(draft: Draft) -> None:
    """No effort at all is said as `thinking`; newer models have fixed sampling and refuse any other."""
    if wish_of(draft).effort == "none":
        draft.take("reasoning_effort")
        draft.put("thinking", {"type": "disabled"})
    level(draft, {**LOW_TO_HIGH, "minimal": "minimal"})
    if _KIMI_FIXED.match(draft.model):
        draft.drop("temperature", "top_p")


def zai_thinking(draft: Draft) -> None:
    """An effort is a switch and no more."""
    wish = wish_of(draft)
    draft.take("reasoning_effort")
    if wish.on is not None:
        own = {k: v for k, v in draft.object("thinking").items() if k == "clear_thinking"}
        draft.put("thinking", {"type": "enabled" if wish.on else "disabled", **own})


def dashscope_thinking(draft: Draft) -> None:
    """A switch and a budget; neither JSON mode nor a forced tool goes with thinking, nor open models without a stream."""
    wish = taken(draft)
    is_open = bool(_QWEN_OPEN.match(draft.model))
    must_not = draft.object("response_format").get("type") in _JSON
    must_not = must_not or isinstance(draft.value("tool_choice"), dict)
    must_not = must_not or (is_open and not draft.request.stream)
    on = wish.on
    if must_not and (on or is_open):
        if on:
            draft.dropped.append("reasoning_effort" if wish.effort else "thinking")
        on = False
    if on is not None:
        draft.default("enable_thinking", on)
    if on and wish.budget is not None:
        draft.default("thinking_budget", wish.budget)


def ark_thinking(draft: Draft) -> None:
    """No effort at all is said as `thinking`."""
    if wish_of(draft).effort == "none":
        draft.take("reasoning_effort")
        draft.put("thinking", {"type": "disabled"})
    level(draft, {**LOW_TO_HIGH, "minimal": "minimal"})


def minimax_split(draft: Draft) -> None:
    """Reasoning beside the content and not in tags inside it, where the model reasons."""
    if _MINIMAX_REASONING.match(draft.model):
        draft.default("reasoning_split", True)


def separate_reasoning(draft: Draft) -> None:
    """Reasoning beside the content and not in tags inside it."""
    draft.default("separate_reasoning", True)


def template_thinking(draft: Draft) -> None:
    """Servers of open models switch reasoning by an argument of the model's own chat template."""
    if "gpt-oss" in draft.model:
        draft.take("thinking")
        level(draft, LOW_TO_HIGH)
        return
    wish = wish_of(draft)
    if wish.on is None:
        return
    found = (name for family, name in _TEMPLATES if family.search(draft.model))
    name = next(found, None)
    if name is None:
        draft.drop("reasoning_effort", "thinking")
        return
    taken(draft)
    draft.put("chat_template_kwargs", {name: wish.on, **draft.object("chat_template_kwargs")})


def _forces_a_tool(draft: Draft) -> bool:
    choice = draft.value("tool_choice")
    return isinstance(choice, dict) or choice == "required"
