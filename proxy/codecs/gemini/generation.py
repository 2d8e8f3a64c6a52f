"""`generationConfig`: how an answer is drawn and bounded, and other fields of the same simple kind.

Source: https://ai.google.dev/api/generate-content#generationconfig (read 2026-11-20).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.gemini.draft import Draft
from proxy.codecs.plain.complaint import a_string, an_array, an_object, unsupported, wrong_type

MAX_STOPS: Final = 5
MAX_TOP_LOGPROBS: Final = 20
_INT32: Final = 0x7FFF_FFFF

_MODALITIES: Final = {"text": "TEXT", "image": "IMAGE", "audio": "AUDIO"}
_TIERS: Final = {
    "default": "standard",
    "standard": "standard",
    "flex": "flex",
    "priority": "priority",
}
_SAMPLES: Final = "pcm16"
_LABEL: Final = re.compile(r"[^a-z0-9_-]")
_MAX_LABEL: Final = 63


def limit(draft: Draft, value: Any) -> None:
    """`max_completion_tokens` and its older twin `max_tokens`; the first to be read wins."""
    if draft.limit is None:
        draft.limit = _integer("max_completion_tokens", value)


def sampler(name: str, native: str) -> Callable[[Draft, Any], None]:
    """`temperature`, `top_p` and `top_k`, which the newest models take and ignore."""

    def write(draft: Draft, value: Any) -> None:
        number = _number(name, value)
        if draft.able.sampling:
            draft.config[native] = number
        else:
            draft.drop(name)

    return write


def penalty(name: str, native: str) -> Callable[[Draft, Any], None]:
    """`frequency_penalty` and `presence_penalty`, which most models refuse."""

    def write(draft: Draft, value: Any) -> None:
        number = _number(name, value)
        if draft.able.penalties:
            draft.config[native] = number
        elif number:
            draft.drop(name)

    return write


def candidates(draft: Draft, value: Any) -> None:
    """`n`."""
    number = _integer("n", value)
    if not 1 <= number <= draft.able.candidates:
        most = draft.able.candidates
        raise unsupported(
            f"This model gives at most {most} answers at a time, but n is {number}.", "n"
        )
    if number > 1:
        draft.config["candidateCount"] = number


def stop(draft: Draft, value: Any) -> None:
    """`stop`: empty sequences are refused by the provider, and more than five."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list):
        raise wrong_type("stop", "a string or an array of strings", value)
    kept = [each for each in given if isinstance(each, str) and each]
    if len(kept) < len(given) or len(kept) > MAX_STOPS:
        draft.drop("stop")
    if kept:
        draft.config["stopSequences"] = kept[:MAX_STOPS]


def seed(draft: Draft, value: Any) -> None:
    """`seed`, a number of 32 bits with a sign here."""
    draft.config["seed"] = _integer("seed", value) & _INT32


def logprobs(draft: Draft, value: Any) -> None:
    """`logprobs`."""
    if value is True:
        draft.config["responseLogprobs"] = True


def top_logprobs(draft: Draft, value: Any) -> None:
    """`top_logprobs`."""
    number = _integer("top_logprobs", value)
    if number:
        draft.config["logprobs"] = min(number, MAX_TOP_LOGPROBS)


def modalities(draft: Draft, value: Any) -> None:
    """`modalities`; text alone is what every model does unasked."""
    words = [_MODALITIES.get(str(each)) for each in an_array(value, "modalities")]
    if None in words:
        raise unsupported("This model answers in text, images and audio only.", "modalities")
    if words not in ([], ["TEXT"]):
        draft.config["responseModalities"] = words


def audio(draft: Draft, value: Any) -> None:
    """`audio`: the voice; the form is always the provider's own, raw samples of 16 bits."""
    given = an_object(value, "audio")
    voice = given.get("voice")
    if given.get("format") not in (None, _SAMPLES):
        draft.drop("audio.format")
    if isinstance(voice, str) and voice:
        draft.config["speechConfig"] = {
            "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}
        }


def service_tier(draft: Draft, value: Any) -> None:
    """`service_tier`; on Vertex AI it is bought in another way."""
    tier = _TIERS.get(str(value))
    if value == "auto":
        return
    if tier is None or draft.vertex:
        draft.drop("service_tier")
    else:
        draft.body["serviceTier"] = tier


def metadata(draft: Draft, value: Any) -> None:
    """`metadata`, as labels for billing where there are any."""
    pairs = an_object(value, "metadata")
    if not draft.vertex:
        draft.drop("metadata")
        return
    for name, text in pairs.items():
        _labelled(draft, name, str(text))


def labels(draft: Draft, value: Any) -> None:
    """`labels`, in the provider's own form."""
    given = an_object(value, "labels")
    if draft.vertex:
        draft.body["labels"] = {**draft.body.get("labels", {}), **given}
    else:
        draft.drop("labels")


def user(name: str) -> Callable[[Draft, Any], None]:
    """`safety_identifier` and its older twin `user`; the first to be read wins."""

    def write(draft: Draft, value: Any) -> None:
        text = a_string(value, name)
        if not draft.vertex:
            draft.drop(name)
        elif "user" not in draft.body.get("labels", {}):
            _labelled(draft, "user", text)

    return write


def _labelled(draft: Draft, name: str, text: str) -> None:
    """Labels have small letters, digits, underscores and dashes, and begin with a letter."""
    key, value = (_LABEL.sub("_", each.lower())[:_MAX_LABEL] for each in (name, text))
    if key and key[0].isalpha():
        draft.body.setdefault("labels", {})[key] = value
    else:
        draft.drop("metadata")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(name, "a number", value)
    return value


def _integer(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "an integer", value)
    return value
