"""How an answer is drawn, bounded and shaped: limits, effort, sampling, format, and fields of the same simple kind.

Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from proxy.codecs.plain.complaint import unsupported, wrong_type
from proxy.codecs.plain.effort import effort_for
from proxy.codecs.responses.draft import Draft
from proxy.codecs.responses.models import Reasons
from proxy.core.shape import Json

MIN_OUTPUT: Final = 16
"""The least limit of output tokens that the provider takes."""
ENCRYPTED: Final = "reasoning.encrypted_content"
LOGPROBS: Final = "message.output_text.logprobs"

_REASONING: Final = ("effort", "summary", "generate_summary", "context", "mode")
_SCHEMA: Final = ("name", "description", "schema", "strict")
_DRAWN: Final = ("temperature", "top_p", "top_logprobs")


def limit(draft: Draft, value: Any) -> None:
    """`max_completion_tokens` and its older twin `max_tokens`; the first to be read wins."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("max_completion_tokens", "an integer", value)
    draft.body.setdefault("max_output_tokens", max(value, MIN_OUTPUT))


def number(name: str) -> Callable[[Draft, Any], None]:
    """A number that has the same name here."""

    def write(draft: Draft, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(name, "a number", value)
        draft.body[name] = value

    return write


def effort(draft: Draft, value: Any) -> None:
    """`reasoning_effort`; who asks for reasoning is shown it."""
    if not isinstance(value, str):
        raise wrong_type("reasoning_effort", "a string", value)
    draft.reasoning["effort"] = value


def thinking(draft: Draft, value: Any) -> None:
    """`thinking`, as callers of the Messages API have it: an effort, where the model can be told one and nobody said it."""
    word = effort_for(value)
    if word is None or draft.reasoning.get("effort") is not None:
        return
    if draft.reasons in (Reasons.ASKED, Reasons.UNLESS_TOLD) and word != "none":
        draft.reasoning["effort"] = word
    elif word != "none":
        draft.drop("thinking")


def reasoning(draft: Draft, value: Any) -> None:
    """`reasoning`, the object that other chat APIs have, which is nearly the one here."""
    if not isinstance(value, dict):
        raise wrong_type("reasoning", "an object", value)
    draft.reasoning |= {name: value[name] for name in _REASONING if value.get(name) is not None}
    if any(name not in _REASONING for name in value):
        draft.drop("reasoning")


def response_format(draft: Draft, value: Any) -> None:
    """`response_format`, flat here."""
    if not isinstance(value, dict):
        raise wrong_type("response_format", "an object", value)
    kind = str(value.get("type"))
    if kind not in _FORMATS:
        raise unsupported(f"This target takes no response format '{kind}'.", "response_format.type")
    draft.text["format"] = _FORMATS[kind](value)


def verbosity(draft: Draft, value: Any) -> None:
    """`verbosity`."""
    draft.text["verbosity"] = value


def logprobs(draft: Draft, value: Any) -> None:
    """`logprobs`."""
    if value:
        draft.include.append(LOGPROBS)


def one_answer(_draft: Draft, value: Any) -> None:
    """`n`: one."""
    if value != 1:
        raise unsupported(f"This target gives one answer at a time, but n is {value}.", "n")


def only_text(_draft: Draft, value: Any) -> None:
    """`modalities`: text."""
    if value and value != ["text"]:
        raise unsupported("This target answers in text only.", "modalities")


def user(draft: Draft, value: Any) -> None:
    """`user`, which two fields have replaced: one to tell end users apart, one to route to the prompt cache."""
    if not isinstance(value, str):
        raise wrong_type("user", "a string", value)
    for name in ("safety_identifier", "prompt_cache_key"):
        draft.body.setdefault(name, value)


def stream_options(draft: Draft, value: Any) -> None:
    """`stream_options`: usage always comes; the padding may be declined."""
    given = value.get("include_obfuscation") if isinstance(value, dict) else None
    if given is not None:
        draft.body["stream_options"] = {"include_obfuscation": given}


def store(draft: Draft, value: Any) -> None:
    """`store`: nothing is kept at the provider's unless that was asked for."""
    draft.body["store"] = value is True


def include(draft: Draft, value: Any) -> None:
    """`include`, the provider's own."""
    if not isinstance(value, list):
        raise wrong_type("include", "an array", value)
    draft.include += [each for each in value if isinstance(each, str)]


def settle(draft: Draft) -> None:
    """Write what hangs together, when it is known whether the model reasons."""
    if draft.thinks:
        _think(draft)
    if draft.thinks or draft.reasons in (Reasons.ASKED, Reasons.UNLESS_TOLD):
        draft.include.append(ENCRYPTED)
    if draft.reasoning:
        draft.body["reasoning"] = draft.reasoning
    if draft.text:
        draft.body["text"] = draft.text
    if draft.include:
        draft.body["include"] = list(dict.fromkeys(draft.include))


def _think(draft: Draft) -> None:
    if draft.reasoning.get("effort") is not None:
        draft.reasoning.setdefault("summary", "auto")
    if draft.reasons is Reasons.UNKNOWN:
        return
    # OpenAI's models refuse to be drawn from in any other way while they reason.
    for name in _DRAWN:
        if draft.body.pop(name, None) is not None:
            draft.drop(name)
    if LOGPROBS in draft.include:
        draft.include.remove(LOGPROBS)
        draft.drop("logprobs")


def _schema(value: Json) -> Json:
    named = value.get("json_schema")
    if not isinstance(named, dict):
        raise wrong_type("response_format.json_schema", "an object", named)
    given = {name: named[name] for name in _SCHEMA if named.get(name) is not None}
    return {"type": "json_schema", **given, "strict": named.get("strict") is True}


_FORMATS: Final[dict[str, Callable[[Json], Json]]] = {
    "text": lambda _: {"type": "text"},
    "json_object": lambda _: {"type": "json_object"},
    "json_schema": _schema,
}
