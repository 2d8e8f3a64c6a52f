"""Token counts in one convention: OpenAI's, where totals include their parts.

Source: https://platform.openai.com/docs/api-reference/chat/object (read 2026-11-20).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. None means that the provider did not say, which is not 0."""

    prompt: int = 0
    """All input tokens: fresh, cache reads, cache writes."""
    completion: int = 0
    """All output tokens, reasoning included."""
    cached: int | None = None
    """Input tokens read from a prompt cache."""
    cache_write: int | None = None
    """Input tokens written to a prompt cache."""
    reasoning: int | None = None
    """Output tokens spent on reasoning."""

    @property
    def total(self) -> int:
        """Prompt and completion together."""
        return self.prompt + self.completion

    def wire(self) -> dict[str, Any]:
        """The `usage` object of the chat API; parts that are unknown are left out."""
        usage: dict[str, Any] = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.total,
        }
        prompt_details = {
            key: value
            for key, value in (
                ("cached_tokens", self.cached),
                ("cache_write_tokens", self.cache_write),
            )
            if value is not None
        }
        if prompt_details:
            usage["prompt_tokens_details"] = prompt_details
        if self.reasoning is not None:
            usage["completion_tokens_details"] = {"reasoning_tokens": self.reasoning}
        return usage

    @classmethod
    def read(cls, usage: object) -> Usage | None:
        """Read a chat `usage` object; None where it is not one."""
        if not isinstance(usage, dict):
            return None
        prompt = _mapping(usage.get("prompt_tokens_details"))
        completion = _mapping(usage.get("completion_tokens_details"))
        return cls(
            prompt=count(usage.get("prompt_tokens")) or 0,
            completion=count(usage.get("completion_tokens")) or 0,
            cached=count(prompt.get("cached_tokens")),
            cache_write=count(prompt.get("cache_write_tokens")),
            reasoning=count(completion.get("reasoning_tokens")),
        )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def count(value: object) -> int | None:
    """A token count, or None: providers have sent null, floats, strings and negative numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None
