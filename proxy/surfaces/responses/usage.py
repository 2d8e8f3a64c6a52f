"""Usage in this API's words: chat's counts under other names, and whatever else is said beside them.

Source: https://developers.openai.com/api/reference/resources/responses (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core.shape import Json

_NAMES: Final = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
_DETAILS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "prompt_tokens_details": ("input_tokens_details", ("cached_tokens", "cache_write_tokens")),
    "completion_tokens_details": ("output_tokens_details", ("reasoning_tokens",)),
}
"""Chat's details, their name here, and the counts that an SDK takes for granted."""


def usage_of(usage: Json) -> Json:
    """Chat's `usage` as a response has it."""
    prompt, completion = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    told: Json = {
        "input_tokens": prompt,
        "input_tokens_details": _details(usage, "prompt_tokens_details"),
        "output_tokens": completion,
        "output_tokens_details": _details(usage, "completion_tokens_details"),
        "total_tokens": usage.get("total_tokens") or prompt + completion,
    }
    known = {*_NAMES, *_DETAILS, *told}
    return {**told, **{k: v for k, v in usage.items() if k not in known and v is not None}}


def _details(usage: Json, name: str) -> Json:
    given: Any = usage.get(name)
    counts = {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else {}
    return {**dict.fromkeys(_DETAILS[name][1], 0), **counts}
