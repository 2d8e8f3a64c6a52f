"""Finds the usage of a frame or a body, wherever the server puts it, and its cache counts, however it names them.

Invariant: numbers are passed on, never added; what needed no change is returned as the very object that came.
Sources: https://platform.openai.com/docs/guides/prompt-caching, https://api-docs.deepseek.com/guides/kv_cache (both read
2026-11-21), https://docs.mistral.ai/api, `UsageInfo` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import Json

DETAILS: Final = {
    "cached_tokens": ("prompt_cache_hit_tokens", "cache_read_input_tokens", "num_cached_tokens"),
    "cache_write_tokens": ("cache_creation_input_tokens",),
}
"""Members of `prompt_tokens_details`, and what servers that leave them out say at the top of `usage`."""
MISSPELT: Final = "prompt_token_details"
"""What some call all of them."""
_RIGHT: Final = "prompt_tokens_details"


def usage_of(answer: Json) -> Json | None:
    """The `usage` object: at the top, inside `x_groq`, or inside the first choice; None where there is none."""
    usage = answer.get("usage")
    if usage and isinstance(usage, dict):
        return _detailed(usage)
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    for place in (answer.get("x_groq"), first):
        inner = place.get("usage") if isinstance(place, dict) else None
        if inner and isinstance(inner, dict):
            return _detailed(inner)
    return None


def _detailed(usage: Json) -> Json:
    right, wrong = usage.get(_RIGHT), usage.get(MISSPELT)
    details = right or wrong
    known: Json = details if isinstance(details, dict) else {}
    more = {
        name: usage[other]
        for name, others in DETAILS.items()
        if known.get(name) is None
        for other in others
        if isinstance(usage.get(other), int)
    }
    is_settled = not more and (not known or known is right)
    return usage if is_settled else {**usage, _RIGHT: {**known, **more}}
