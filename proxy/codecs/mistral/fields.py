"""The request fields that Mistral takes; any other is refused there with 422, so it stays here.

Source: https://docs.mistral.ai/api, `ChatCompletionRequest` (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.codecs.vendors.draft import Draft

KNOWN: Final = frozenset(
    {
        "frequency_penalty", "guardrails", "logprobs", "max_tokens", "messages", "metadata", "min_tokens", "model",
        "n", "parallel_tool_calls", "prediction", "presence_penalty", "prompt_cache_key", "prompt_logprobs",
        "prompt_mode", "random_seed", "reasoning_effort", "repetition_penalty", "response_format", "safe_prompt",
        "service_tier", "stop", "stream", "temperature", "tool_choice", "tools", "top_k", "top_logprobs", "top_p",
    }
)  # fmt: skip


def whitelist(draft: Draft) -> None:
    """Drop every field that is not known; what the target's own parameters set stays."""
    # Usage comes with the last chunk, asked for or not.
    draft.members.pop("stream_options", None)
    draft.drop(*sorted(draft.members.keys() - KNOWN - draft.target.params.keys()))
