"""How an answer is drawn and bounded: temperature, stop sequences, the token limit, and fields of the same simple kind.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InferenceConfiguration.html and
.../API_runtime_Converse.html (read 2026-11-21).
"""

from __future__ import annotations

import re
from typing import Any, Final

from proxy.codecs.bedrock.draft import Draft
from proxy.codecs.plain.complaint import unsupported, wrong_type

_MANUAL_TOP_P: Final = 0.95
TIERS: Final = {
    "default": "default",
    "priority": "priority",
    "fast": "priority",
    "flex": "flex",
    "reserved": "reserved",
}
_MAX_PAIRS: Final = 16
_PAIR: Final = re.compile(r"[A-Za-z0-9\s:_@$#=/+,.\-]{0,256}")
_PLAIN: Final = {"claude": "top_k", "mistral": "top_k"}
"""Families that have `top_k`, and under what name."""


def limit(draft: Draft, value: Any) -> None:
    """`max_completion_tokens` and its older twin `max_tokens`; the first to be read wins."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("max_completion_tokens", "an integer", value)
    draft.inference.setdefault("maxTokens", value)


def stop(draft: Draft, value: Any) -> None:
    """`stop`: empty sequences are refused by the provider, and mere white space by Claude."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list):
        raise wrong_type("stop", "a string or an array of strings", value)
    strict = draft.family.claude is not None
    kept = [e for e in given if isinstance(e, str) and (e.strip() if strict else e)]
    if len(kept) < len(given):
        draft.drop("stop")
    if kept:
        draft.inference["stopSequences"] = kept


def temperature(draft: Draft, value: Any) -> None:
    """`temperature`, whose scale ends at 1 here."""
    _sampler(draft, "temperature", "temperature", min(max(_number("temperature", value), 0), 1))


def top_p(draft: Draft, value: Any) -> None:
    """`top_p`."""
    _sampler(draft, "topP", "top_p", min(max(_number("top_p", value), 0), 1))


def top_k(draft: Draft, value: Any) -> None:
    """`top_k`, where the family has it."""
    number = _number("top_k", value)
    name = draft.family.name
    if not _samples(draft) or (name != "nova" and name not in _PLAIN):
        draft.drop("top_k")
    elif name == "nova":
        draft.additional["inferenceConfig"] = {"topK": number}
    else:
        draft.additional[_PLAIN[name]] = number


def one_answer(_draft: Draft, value: Any) -> None:
    """`n`: one."""
    if value != 1:
        raise unsupported(f"This model gives one answer at a time, but n is {value}.", "n")


def no_logprobs(_draft: Draft, value: Any) -> None:
    """`logprobs`: none."""
    if value:
        raise unsupported("This model gives no log probabilities.", "logprobs")


def no_top_logprobs(_draft: Draft, value: Any) -> None:
    """`top_logprobs`: none."""
    if value:
        raise unsupported("This model gives no log probabilities.", "top_logprobs")


def only_text(_draft: Draft, value: Any) -> None:
    """`modalities`: text."""
    if value != ["text"] and value:
        raise unsupported("This model answers in text only.", "modalities")


def service_tier(draft: Draft, value: Any) -> None:
    """`service_tier`; `auto` is what happens unasked."""
    if value == "auto":
        return
    tier = TIERS.get(value) if isinstance(value, str) else None
    if tier is None:
        draft.drop("service_tier")
    else:
        draft.body["serviceTier"] = {"type": tier}


def metadata(draft: Draft, value: Any) -> None:
    """`metadata`: pairs for the provider's invocation log, which takes few characters and sixteen pairs."""
    if not isinstance(value, dict):
        raise wrong_type("metadata", "an object", value)
    pairs = {
        name: text
        for name, text in value.items()
        if isinstance(text, str) and name and _PAIR.fullmatch(name) and _PAIR.fullmatch(text)
    }
    kept = dict(list(pairs.items())[:_MAX_PAIRS])
    if len(kept) < len(value):
        draft.drop("metadata")
    if kept:
        draft.body["requestMetadata"] = kept


def settle(draft: Draft) -> None:
    """Drop what does not go together, when it is known how the model reasons."""
    inference = draft.inference
    thinking = draft.additional.get("thinking", {}).get("type")
    if thinking in ("enabled", "adaptive"):
        if inference.get("temperature", 1) != 1:
            _withdraw(draft, "temperature", "temperature")
        if inference.get("topP", 1) < _MANUAL_TOP_P:
            _withdraw(draft, "topP", "top_p")
        if draft.additional.pop("top_k", None) is not None:
            draft.drop("top_k")
    claude = draft.family.claude
    if claude and claude.one_sampler and "temperature" in inference and "topP" in inference:
        _withdraw(draft, "topP", "top_p")


def _sampler(draft: Draft, native: str, name: str, value: float) -> None:
    if _samples(draft):
        draft.inference[native] = value
    else:
        draft.drop(name)


def _samples(draft: Draft) -> bool:
    return draft.family.claude is None or draft.family.claude.sampling


def _withdraw(draft: Draft, native: str, name: str) -> None:
    del draft.inference[native]
    draft.drop(name)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(name, "a number", value)
    return value
