"""Token counts in one convention: OpenAI's, where totals include their parts.

Source: https://platform.openai.com/docs/api-reference/chat/object, https://openrouter.ai/docs/use-cases/usage-accounting,
https://docs.perplexity.ai/api-reference/chat-completions-post (read 2026-11-20).
"""

from __future__ import annotations

from dataclasses import astuple
from decimal import Decimal
from typing import Any, Final

from proxy.core import jsons
from proxy.core.jsons import Count
from proxy.core.record import record


class _Prompt(jsons.Struct, frozen=True):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_write_1h_tokens: Count | None = None
    audio_tokens: Count | None = None
    unbilled_tokens: Count | None = None


class _Completion(jsons.Struct, frozen=True):
    reasoning_tokens: Count | None = None
    audio_tokens: Count | None = None
    image_tokens: Count | None = None
    unbilled_tokens: Count | None = None


class Told(jsons.Struct, frozen=True):
    """What nearly every `usage` is: whole numbers where they belong, and no cost."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _Prompt | None = _Prompt()
    completion_tokens_details: _Completion | None = _Completion()
    cost: None = None
    server_tool_use: None = None


class _ExactPrompt(_Prompt, forbid_unknown_fields=True, frozen=True):
    pass


class _ExactCompletion(_Completion, forbid_unknown_fields=True, frozen=True):
    accepted_prediction_tokens: Count | None = None
    rejected_prediction_tokens: Count | None = None


class ExactUsage(Told, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One that tells nothing but what OpenAI's own servers tell, and so holds nothing in another place."""

    prompt_tokens: Count
    completion_tokens: Count
    total_tokens: Count
    prompt_tokens_details: _ExactPrompt | None = None
    completion_tokens_details: _ExactCompletion | None = None


_SERVED: Final = "server_tool_use"
_SEARCHES: Final = "web_search_requests"
"""Where searches are counted: as Anthropic has it, and OpenRouter in chat."""
_TOLD: Final = jsons.Form(Told)
_NO_PROMPT: Final = _Prompt()
_NO_COMPLETION: Final = _Completion()


@record
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
    cache_write_1h: int | None = None
    """Those of `cache_write` that stay in the cache for an hour, which costs more."""
    audio_input: int | None = None
    """Input tokens of audio."""
    audio_output: int | None = None
    """Output tokens of audio."""
    image_output: int | None = None
    """Output tokens of images."""
    cost: Decimal | None = None
    """What the provider itself says that the answer cost, in its own unit. Read, never written."""
    searches: int | None = None
    """Searches of the web that the provider made and asks for."""
    unbilled_input: int | None = None
    """Input tokens that the provider read and does not ask for: what it put into the prompt itself."""
    unbilled_output: int | None = None
    """Output tokens that the provider does not ask for."""

    @property
    def total(self) -> int:
        """Prompt and completion together."""
        return self.prompt + self.completion

    def __add__(self, other: Usage) -> Usage:
        """What two runs used together; a part is known where one of them told it."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Usage(*(_plus(mine, theirs) for mine, theirs in pairs))

    def wire(self) -> dict[str, Any]:
        """The `usage` object of the chat API; parts that are unknown are left out."""
        usage: dict[str, Any] = {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.total,
        }
        for name, details in self._details():
            known = {key: value for key, value in details if value is not None}
            if known:
                usage[name] = known
        if self.searches:
            usage[_SERVED] = {_SEARCHES: self.searches}
        return usage

    @classmethod
    def read(cls, usage: object) -> Usage | None:
        """Read a chat `usage` object; None where it is not one."""
        if not isinstance(usage, dict):
            return None
        told = _TOLD.of(usage)
        return cls._counted(usage) if told is None else cls.of(told)

    @classmethod
    def of(cls, told: Told) -> Usage:
        """What a `usage` object tells that was read in one look."""
        prompt = told.prompt_tokens_details or _NO_PROMPT
        completion = told.completion_tokens_details or _NO_COMPLETION
        return cls(
            told.prompt_tokens or 0,
            told.completion_tokens or 0,
            prompt.cached_tokens,
            prompt.cache_write_tokens,
            completion.reasoning_tokens,
            prompt.cache_write_1h_tokens,
            prompt.audio_tokens,
            completion.audio_tokens,
            completion.image_tokens,
            unbilled_input=prompt.unbilled_tokens,
            unbilled_output=completion.unbilled_tokens,
        )

    @classmethod
    def _counted(cls, usage: dict[str, Any]) -> Usage:
        """Each by itself, whatever the others are."""
        prompt = _mapping(usage.get("prompt_tokens_details"))
        completion = _mapping(usage.get("completion_tokens_details"))
        return cls(
            prompt=count(usage.get("prompt_tokens")) or 0,
            completion=count(usage.get("completion_tokens")) or 0,
            cached=count(prompt.get("cached_tokens")),
            cache_write=count(prompt.get("cache_write_tokens")),
            reasoning=count(completion.get("reasoning_tokens")),
            cache_write_1h=count(prompt.get("cache_write_1h_tokens")),
            audio_input=count(prompt.get("audio_tokens")),
            audio_output=count(completion.get("audio_tokens")),
            image_output=count(completion.get("image_tokens")),
            cost=_cost(usage),
            searches=count(_mapping(usage.get(_SERVED)).get(_SEARCHES)),
            unbilled_input=count(prompt.get("unbilled_tokens")),
            unbilled_output=count(completion.get("unbilled_tokens")),
        )

    def _details(self) -> tuple[tuple[str, tuple[tuple[str, int | None], ...]], ...]:
        prompt = (
            ("cached_tokens", self.cached),
            ("cache_write_tokens", self.cache_write),
            ("cache_write_1h_tokens", self.cache_write_1h),
            ("audio_tokens", self.audio_input),
            ("unbilled_tokens", self.unbilled_input),
        )
        completion = (
            ("reasoning_tokens", self.reasoning),
            ("audio_tokens", self.audio_output),
            ("image_tokens", self.image_output),
            ("unbilled_tokens", self.unbilled_output),
        )
        return ("prompt_tokens_details", prompt), ("completion_tokens_details", completion)


def _plus(mine: Any, theirs: Any) -> Any:
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    return mine + theirs


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def count(value: object) -> int | None:
    """A token count, or None: providers have sent null, floats, strings and negative numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 2**53 else None


def _cost(usage: dict[str, Any]) -> Decimal | None:
    """OpenRouter's `cost`, to which comes what a key of the caller's own is billed upstream; Perplexity's sum."""
    told = usage.get("cost")
    if isinstance(told, dict):
        return _amount(told.get("total_cost"))
    cost = _amount(told)
    if cost is None or usage.get("is_byok") is not True:
        return cost
    upstream = _amount(_mapping(usage.get("cost_details")).get("upstream_inference_cost"))
    return None if upstream is None else cost + upstream


def _amount(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # By way of its shortest text: the number that was meant, not the binary one beside it.
    return Decimal(str(value)) if 0 <= value < 2**53 else None
