"""Token counts brought into OpenAI's convention, where a vendor counts otherwise: totals include their parts.

Invariant: a `usage` that needs no correction is returned as the very object that came.
Sources, all read 2026-11-21: https://docs.x.ai/docs/guides/reasoning, https://platform.moonshot.ai/docs/api/chat,
https://docs.perplexity.ai/api-reference/chat-completions-post; read 2026-11-23:
https://help.aliyun.com/zh/model-studio/context-cache.
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import Json
from proxy.core.usage import count

_PROMPT: Final = "prompt_tokens_details"
_COMPLETION: Final = "completion_tokens_details"
_MISSPELT: Final = {_PROMPT: "prompt_token_details", _COMPLETION: "completion_token_details"}
_CACHED: Final = ("cached_tokens", "num_cached_tokens")
_WRITTEN: Final = "cache_creation_input_tokens"


def reasoning_beside_completion(usage: Json) -> Json:
    """`completion_tokens` lacks the reasoning, which the total shows: it is added."""
    completion, total = count(usage.get("completion_tokens")), count(usage.get("total_tokens"))
    prompt, reasoning = (
        count(usage.get("prompt_tokens")),
        _part(usage, _COMPLETION, "reasoning_tokens"),
    )
    if completion is None or prompt is None or total is None or not reasoning:
        return usage
    if prompt + completion + reasoning != total:
        return usage
    return {**usage, "completion_tokens": completion + reasoning}


def cached_beside_prompt(usage: Json) -> Json:
    """More cached tokens than prompt tokens: the prompt was counted without them."""
    prompt, cached = count(usage.get("prompt_tokens")), _part(usage, _PROMPT, "cached_tokens")
    if prompt is None or cached is None or cached <= prompt:
        return usage
    new = {**usage, "prompt_tokens": prompt + cached}
    total = count(usage.get("total_tokens"))
    return new if total is None else {**new, "total_tokens": total + cached}


def cached_elsewhere(usage: Json) -> Json:
    """Cached tokens at the top of `usage`, or in details under a misspelt name, go where OpenAI has them."""
    for right, wrong in _MISSPELT.items():
        if isinstance(usage.get(wrong), dict) and not usage.get(right):
            usage = {**usage, right: usage[wrong]}
    if _part(usage, _PROMPT, "cached_tokens") is not None:
        return usage
    cached = next(
        (found for name in _CACHED if (found := count(usage.get(name))) is not None), None
    )
    if cached is None:
        return usage
    return {**usage, _PROMPT: {**_details(usage, _PROMPT), "cached_tokens": cached}}


def cache_writes_elsewhere(usage: Json) -> Json:
    """Tokens written to a cache, among the details under Anthropic's name for them, get OpenAI's."""
    details = _details(usage, _PROMPT)
    written = count(details.get(_WRITTEN))
    if written is None or details.get("cache_write_tokens") is not None:
        return usage
    return {**usage, _PROMPT: {**details, "cache_write_tokens": written}}


def reasoning_on_top(usage: Json) -> Json:
    """Reasoning tokens at the top of `usage` go where OpenAI has them."""
    reasoning = count(usage.get("reasoning_tokens"))
    if reasoning is None or _part(usage, _COMPLETION, "reasoning_tokens") is not None:
        return usage
    return {**usage, _COMPLETION: {**_details(usage, _COMPLETION), "reasoning_tokens": reasoning}}


def _details(usage: Json, name: str) -> Json:
    details = usage.get(name)
    return details if isinstance(details, dict) else {}


def _part(usage: Json, name: str, part: str) -> int | None:
    return count(_details(usage, name).get(part))
