"""How an answer is drawn and bounded: temperature, stop sequences, the token limit, and fields of the same simple kind.

Source: https://platform.claude.com/docs/en/api/messages and .../api/versioning (read 2026-11-20).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.anthropic.draft import Draft
from proxy.codecs.plain.complaint import unsupported, wrong_type

SAMPLERS: Final = ("temperature", "top_p", "top_k")
FAST_BETA: Final = "fast-mode-2026-02-01"
_MANUAL_TOP_P: Final = 0.95
_TIERS: Final = {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}
_FAST: Final = frozenset({"fast", "priority"})


def limit(draft: Draft, value: Any) -> None:
    """`max_completion_tokens` and its older twin `max_tokens`; the first to be read wins."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("max_completion_tokens", "an integer", value)
    if draft.limit is None:
        draft.limit = value


def stop(draft: Draft, value: Any) -> None:
    """`stop`: sequences of mere white space are refused by the provider."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list):
        raise wrong_type("stop", "a string or an array of strings", value)
    kept = [each for each in given if isinstance(each, str) and each.strip()]
    if len(kept) < len(given):
        draft.drop("stop")
    if kept:
        draft.body["stop_sequences"] = kept


def temperature(draft: Draft, value: Any) -> None:
    """`temperature`, whose scale ends at 1 here."""
    _sampler(draft, "temperature", min(_number("temperature", value), 1))


def top_p(draft: Draft, value: Any) -> None:
    """`top_p`."""
    _sampler(draft, "top_p", _number("top_p", value))


def top_k(draft: Draft, value: Any) -> None:
    """`top_k`, the provider's own."""
    _sampler(draft, "top_k", _number("top_k", value))


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


def user(draft: Draft, value: Any) -> None:
    """`safety_identifier` and its older twin `user`; the first to be read wins."""
    if not isinstance(value, str):
        raise wrong_type("user", "a string", value)
    if value:
        draft.body.setdefault("metadata", {"user_id": value})


def service_tier(draft: Draft, value: Any) -> None:
    """`service_tier`; what costs more has another name here."""
    value = str(value)
    if value in _TIERS:
        draft.body["service_tier"] = _TIERS[value]
    elif value in _FAST and draft.able.fast:
        draft.body["speed"] = "fast"
        draft.betas.append(FAST_BETA)
    else:
        draft.drop("service_tier")


def settle(draft: Draft) -> None:
    """Drop what does not go together, when it is known how the model reasons."""
    body = draft.body
    if body.get("thinking", {}).get("type") in ("enabled", "adaptive"):
        if body.get("temperature", 1) != 1:
            _withdraw(draft, "temperature")
        if body.get("top_p", 1) < _MANUAL_TOP_P:
            _withdraw(draft, "top_p")
        if "top_k" in body:
            _withdraw(draft, "top_k")
    if draft.able.one_sampler and "temperature" in body and "top_p" in body:
        _withdraw(draft, "top_p")


def _sampler(draft: Draft, name: str, value: float) -> None:
    if draft.able.sampling:
        draft.body[name] = value
    else:
        draft.drop(name)


def _withdraw(draft: Draft, name: str) -> None:
    del draft.body[name]
    draft.drop(name)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(name, "a number", value)
    return value
