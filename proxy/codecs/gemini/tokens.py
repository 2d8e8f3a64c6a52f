"""Token counts of a generateContent answer, in the convention of the house.

Google counts the model's thoughts beside the candidates, and what its own tools put into the prompt beside the prompt;
cached tokens are part of the prompt. A stream tells totals so far with each event: a later one replaces an earlier one,
where it is there at all.

Source: https://ai.google.dev/api/generate-content#UsageMetadata (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from proxy.core import jsons
from proxy.core.usage import Usage, count

_PROMPT: Final = ("promptTokenCount", "toolUsePromptTokenCount")
_COMPLETION: Final = ("candidatesTokenCount", "thoughtsTokenCount")
_CACHED: Final = "cachedContentTokenCount"
_TIERS: Final = {
    "serviceTier": {"standard": "default", "flex": "flex", "priority": "priority"},
    "trafficType": {
        "ON_DEMAND": "default", "ON_DEMAND_FLEX": "flex", "ON_DEMAND_PRIORITY": "priority",
    },
}  # fmt: skip
"""Who served, in chat's words: the Gemini API has one name for it, Vertex AI another. What was bought has no word there."""
_MODALITIES: Final = ("AUDIO", "IMAGE")
_BY_MODALITY: Final = ("promptTokensDetails", "candidatesTokensDetails")


class _Detail(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    modality: str | None = None
    token_count: jsons.Count | None = None


class Told(jsons.Struct, forbid_unknown_fields=True, frozen=True, gc=False, rename="camel"):
    """A `usageMetadata` in its documented form, where every count is one."""

    prompt_token_count: jsons.Count | None = None
    candidates_token_count: jsons.Count | None = None
    total_token_count: int | None = None
    thoughts_token_count: jsons.Count | None = None
    cached_content_token_count: jsons.Count | None = None
    tool_use_prompt_token_count: jsons.Count | None = None
    prompt_tokens_details: tuple[_Detail, ...] | None = None
    candidates_tokens_details: tuple[_Detail, ...] | None = None
    cache_tokens_details: tuple[_Detail, ...] | None = None
    tool_use_prompt_tokens_details: tuple[_Detail, ...] | None = None
    traffic_type: str | None = None
    service_tier: str | None = None


class Tokens:
    """The counts of one answer so far."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._told: dict[str, Any] = {}
        """What was said last of the tier, under both of its names."""

    @property
    def tier(self) -> str | None:
        """The `service_tier` that served; None where that was not said, or has no word in chat."""
        words = (_TIERS[name].get(str(value)) for name, value in self._told.items())
        return next(filter(None, words), None)

    def take(self, metadata: Any) -> None:
        """Take a `usageMetadata`; anything else says nothing."""
        if not isinstance(metadata, dict):
            return
        for name in (*_PROMPT, *_COMPLETION, _CACHED):
            if (value := count(metadata.get(name))) is not None:
                self._counts[name] = value
        for name in _BY_MODALITY:
            for modality, value in _modalities(metadata.get(name)):
                self._counts[f"{name}/{modality}"] = value
        for name in _TIERS:
            if (said := metadata.get(name)) is not None:
                self._told[name] = said

    def add(self, told: Told) -> None:
        """Take a `usageMetadata` in its documented form; as `take`, at a fraction of its cost."""
        counts = self._counts
        if told.prompt_token_count is not None:
            counts["promptTokenCount"] = told.prompt_token_count
        if told.candidates_token_count is not None:
            counts["candidatesTokenCount"] = told.candidates_token_count
        if told.thoughts_token_count is not None:
            counts["thoughtsTokenCount"] = told.thoughts_token_count
        if told.cached_content_token_count is not None:
            counts[_CACHED] = told.cached_content_token_count
        if told.tool_use_prompt_token_count is not None:
            counts["toolUsePromptTokenCount"] = told.tool_use_prompt_token_count
        if told.prompt_tokens_details:
            self._split("promptTokensDetails", told.prompt_tokens_details)
        if told.candidates_tokens_details:
            self._split("candidatesTokensDetails", told.candidates_tokens_details)
        if told.service_tier is not None:
            self._told["serviceTier"] = told.service_tier
        if told.traffic_type is not None:
            self._told["trafficType"] = told.traffic_type

    def usage(self) -> Usage | None:
        """The counts as chat has them; None where the provider gave none."""
        counts = self._counts
        if not counts:
            return None
        return Usage(
            prompt=sum(counts.get(name, 0) for name in _PROMPT),
            completion=sum(counts.get(name, 0) for name in _COMPLETION),
            cached=counts.get(_CACHED),
            reasoning=counts.get("thoughtsTokenCount"),
            audio_input=counts.get("promptTokensDetails/AUDIO"),
            audio_output=counts.get("candidatesTokensDetails/AUDIO"),
            image_output=counts.get("candidatesTokensDetails/IMAGE"),
        )

    def _split(self, name: str, details: tuple[_Detail, ...]) -> None:
        for detail in details:
            if detail.modality in _MODALITIES and detail.token_count is not None:
                self._counts[f"{name}/{detail.modality}"] = detail.token_count


def _modalities(details: Any) -> Iterator[tuple[str, int]]:
    """The counts of a list of `{modality, tokenCount}`, of those kinds that chat counts by themselves."""
    for detail in details if isinstance(details, list) else ():
        modality = detail.get("modality") if isinstance(detail, dict) else None
        if modality in _MODALITIES and (value := count(detail.get("tokenCount"))) is not None:
            yield modality, value
