"""Everything of a request but its messages: names, ranges, reasoning, tools and the choice among them.

Source: https://docs.mistral.ai/api, `ChatCompletionRequest` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.mistral.models import is_prompted, is_switched
from proxy.codecs.plain.complaint import unsupported
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.registry import Edit
from proxy.codecs.vendors.toolbox import only_allowed
from proxy.codecs.vendors.wish import LOW_TO_HIGH, level, taken, wish_of

_WARMEST: Final = 1.0
_EFFORTS: Final = {"none": "none", **dict.fromkeys(LOW_TO_HIGH, "high"), "minimal": "none"}
_TIERS: Final = {"default": "standard_only", "standard_only": "standard_only"}
"""Any other tier is a wish for more than the standard, which `auto` grants where it can."""
_REASONING: Final = "reasoning"


def settle(draft: Draft) -> None:
    """Bring the fields into Mistral's names and values.

    Raises:
        ProxyError: UNSUPPORTED, where an answer in more than text is asked for.
    """
    for name, edit in _EDITS.items():
        if name in draft.members:
            edit(draft)


def _set_limit(draft: Draft) -> None:
    draft.rename("max_completion_tokens", "max_tokens")


def _set_seed(draft: Draft) -> None:
    draft.rename("seed", "random_seed")


def _set_temperature(draft: Draft) -> None:
    value = draft.value("temperature")
    if isinstance(value, int | float) and value > _WARMEST:
        draft.put("temperature", _WARMEST)


def _set_reasoning(draft: Draft) -> None:
    if is_prompted(draft.model):
        wish = taken(draft)
        if wish.on:
            draft.default("prompt_mode", _REASONING)
    elif is_switched(draft.model):
        if draft.value("reasoning_effort") is None:
            wish = taken(draft)
            if wish.on is not None:
                draft.put("reasoning_effort", "high" if wish.on else "none")
        draft.take("thinking")
        level(draft, _EFFORTS)
    else:
        if wish_of(draft).on is False:
            # As it is asked, so it is.
            draft.take("thinking")
        draft.drop("reasoning_effort", "thinking")


def _set_tier(draft: Draft) -> None:
    tier = draft.value("service_tier")
    if tier is not None:
        draft.put("service_tier", _TIERS.get(str(tier), "auto"))


def _set_modalities(draft: Draft) -> None:
    wanted = draft.take("modalities")
    if wanted not in (None, ["text"]):
        raise unsupported("This model answers in text only.", "modalities")


def _set_tools(draft: Draft) -> None:
    """A function that takes nothing says so: its parameters may not be left out."""
    tools = draft.value("tools")
    if not isinstance(tools, list):
        return
    new = [_with_parameters(tool) for tool in tools]
    if new != tools:
        draft.put("tools", new)


def _with_parameters(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or function.get("parameters") is not None:
        return tool
    nothing = {"type": "object", "properties": {}}
    return {**tool, "function": {**function, "parameters": nothing}}


def _set_choice(draft: Draft) -> None:
    only_allowed(draft)
    if draft.value("tool_choice") == "required":
        draft.put("tool_choice", "any")


_EDITS: Final[dict[str, Edit]] = {
    "max_completion_tokens": _set_limit,
    "seed": _set_seed,
    "temperature": _set_temperature,
    "reasoning_effort": _set_reasoning,
    "thinking": _set_reasoning,
    "service_tier": _set_tier,
    "modalities": _set_modalities,
    "tools": _set_tools,
    "tool_choice": _set_choice,
}
"""By the field that needs it, in the order in which they are made."""
