"""Which fields of a call a provider refused by name, where an answer can do without them.

Nobody knows what every server behind an address takes: old ones refuse `stream_options`, models that reason have one
temperature, strict ones refuse what they have no name for. They say so, and name the field.

Only hints are left out. What the answer would be another one without (tools, a format, a stop sequence, a number of
choices) stays, and the refusal is the caller's to hear; so is one of a value, of which another would do.

Invariant: pure; a refusal that names anything else beside such fields names nothing here.
Source: https://platform.openai.com/docs/guides/error-codes; https://github.com/FlowiseAI/Flowise/issues/2866 and
https://github.com/vllm-project/vllm/pull/10463 (both read 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any, Final

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

STREAM_OPTIONS: Final = "stream_options"
"""We ask for usage by it, in every stream."""
_USAGE: Final = "include_usage"
"""What we ask for by them."""
STREAM: Final = "stream"
"""Some models answer in streams alone, or do so where an answer may be long."""
LIMITS: Final = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
"""The two names of the limit on an answer: who refuses one knows the other."""

_STREAMED: Final = "streamed"
"""The edit that asks for a stream."""
_STATUSES: Final = frozenset({400, 422})
_KINDS: Final = frozenset({Kind.INVALID_REQUEST, Kind.UNSUPPORTED})
_SAMPLING: Final = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty"})
"""Fixed at some models, which call any other value than theirs unsupported."""
_HINTS: Final = _SAMPLING | {
    "metadata", "parallel_tool_calls", "prediction", "prompt_cache_key", "prompt_cache_options",
    "prompt_cache_retention", "reasoning_effort", "safety_identifier", "seed", "service_tier", "store", STREAM_OPTIONS,
    "user", "verbosity",
}  # fmt: skip
"""Fields without which the question asked is still answered."""
_OF_WORDS: Final = frozenset(
    {"prompt_cache_retention", "reasoning_effort", "service_tier", "verbosity"}
)
"""Fields whose values are words: a refusal that has the very word is of that, and not of what others ask."""
EFFORTS: Final = frozenset(
    {"chat_template_kwargs", "disable_reasoning", "enable_thinking", "reasoning", "thinking", "thinking_budget"}
)  # fmt: skip
"""How vendors are told of an effort. From the caller they are its own words, and stay."""
ASKED_BY_US: Final = EFFORTS | {"reasoning_format", "reasoning_split", "separate_reasoning", "tool_stream"}  # fmt: skip
"""What edits add to a call."""

_REFUSES: Final = re.compile(
    r"unrecogni[sz]ed|unknown|unexpected|unsupported|deprecated|extra (?:inputs?|fields?)\b|additional propert"
    r"|(?:\bnot|n't|no longer) (?:currently |yet |be )?(?:supported|permitted|allowed|recogni[sz]ed|accepted|support|accept"
    r"|recogni[sz]e|allow|take)\b|cannot find field|not a valid (?:field|parameter|argument)"
)
_FIXED: Final = re.compile(
    r"unsupported value: '\w+' does not support|only the default|only \S+ (?:is|are) (?:allowed|supported)|may only be set to"
)
"""How models with one value of a setting refuse all others."""
_OF_A_VALUE: Final = re.compile(
    r"\bvalues?\b(?!:)|must be|should be|at (?:least|most)|between|greater|less than|too (?:large|high|long|small|low)"
    r"|maximum|minimum|\brange\b"
)
"""The field is known, and what stands in it is not liked."""
_TOLD_AFTER: Final = re.compile(
    r"\b(?:expected|did you mean|use|try|instead)\b|\b(?:valid|allowed|known|supported|permitted|available) "
    r"(?:fields|parameters|arguments|options|keys|names|values)\b(?! (?:is|are) not)"
)
"""From here on a refusal tells of what there is in place of what it refuses."""
_INPUT: Final = re.compile(r"'input': .*?(?='loc'|$)", re.DOTALL)
"""What the caller sent, in a refusal that repeats it."""
_WORD: Final = re.compile(r"\w+")
_MARKED: Final = re.compile(
    r"(?<=['\"`])\w+(?=['\"`.\[])|^\w+(?=: )"
    r"|(?:(?<=parameter )|(?<=argument )|(?<=field )|(?<=property )|(?<=supplied: )|(?<=\bbody\.))\w+"
)
"""Words that stand where a sentence names a field."""
_ONLY_STREAMS: Final = re.compile(
    r"must (?:have|set|use) ['\"`]?stream|only supports? stream|requires? stream|stream(?:ing)? (?:mode )?(?:is required|must be (?:true|enabled|set|on))"
    r"|enable (?:the )?['\"`]?stream|non-?stream\w*(?: \w+){0,2} (?:is|are) not"
)
_ECHO: Final = re.compile(r"\bvalue: .*")
"""What was sent, in a refusal that repeats it behind the field."""
_VALUE_CODES: Final = frozenset({"invalid_value", "invalid_type", "unsupported_value"})
_UNKNOWN_CODES: Final = frozenset({"unknown_parameter", "unsupported_parameter"})


def refused(failure: ProxyError, request: ChatRequest, call: HttpCall, target: Target) -> frozenset[str]:  # fmt: skip
    """The fields of a call that its provider refused, and that it can be asked without, or by their other name.

    Args:
        failure: How the provider put it.
        request: What was asked.
        call: What was sent.
        target: Who was asked; what its own parameters set is the operator's, and stays.

    Returns:
        None of them where anything else was refused, or where that is not sure. `stream`, where a whole answer was.
    """
    if failure.status not in _STATUSES or failure.kind not in _KINDS:
        return frozenset()
    if not request.stream and _only_streams(failure.message.lower()):
        return frozenset({STREAM})
    sent = jsons.split(call.body)
    names = _named(failure, sent)
    may = _HINTS | LIMITS.keys() | (ASKED_BY_US - request.body.keys())
    can_go = names <= may and names.isdisjoint(target.params.keys() - LIMITS.keys())
    if not names or not can_go or not all(_is_refused(failure, name, sent) for name in names):
        return frozenset()
    if any(_is_within(failure, request.body.get(name)) for name in names):
        return frozenset()
    return names


def without(target: Target, names: Collection[str]) -> Target:
    """The target as one to which calls are written without these fields, with the other name of a limit, or for streams."""
    quirks = target.quirks
    limits = {name: other for name, other in LIMITS.items() if name in names}
    rename = quirks.rename
    if limits:
        rename = {name: new for name, new in rename.items() if name not in LIMITS} | limits
    learned = replace(
        quirks,
        rename=rename,
        drop=quirks.drop | (frozenset(names) - LIMITS.keys() - {STREAM_OPTIONS, STREAM}),
        request=(*quirks.request, _STREAMED) if STREAM in names else quirks.request,
        stream_options=quirks.stream_options and STREAM_OPTIONS not in names,
    )
    return replace(target, quirks=learned)


def _only_streams(said: str) -> bool:
    """Whether whole answers are refused, and not what has a meaning in streams alone."""
    return STREAM_OPTIONS not in said and _ONLY_STREAMS.search(said) is not None


def _named(failure: ProxyError, sent: Collection[str]) -> frozenset[str]:
    """The fields of the call that a refusal is about."""
    head = re.split(r"[.\[]", failure.param or "", maxsplit=1)[0]
    if head in sent:
        return frozenset({head})
    said = _INPUT.sub("", failure.message).lower()
    after = _TOLD_AFTER.search(said)
    told = said[: after.start()] if after else said
    mentions = frozenset(_MARKED.findall(told)), frozenset(_WORD.findall(told))
    return frozenset(name for name in sent if _is_mentioned(name, told, *mentions))


def _is_mentioned(name: str, told: str, marked: Collection[str], words: Collection[str]) -> bool:
    """Whether a sentence in lower case names a field. One that is an everyday word is only meant where it is marked as a name.

    Names may be anything, and as many as a body has room for, since callers send on what they like.
    """
    lower = name.lower()
    if not _WORD.fullmatch(lower):
        return lower in told
    found = words if "_" in name or name == "temperature" else marked
    return lower in found or lower.replace("_", "") in found


def _is_within(failure: ProxyError, asked: Any) -> bool:
    """Whether a refusal is of what a caller has put into a field, where others put nothing of the kind."""
    inside = asked.keys() - {_USAGE} if isinstance(asked, dict) else ()
    return not _words_of(failure).isdisjoint(map(str.lower, inside))


def _is_refused(failure: ProxyError, name: str, sent: jsons.Members) -> bool:
    """Whether a refusal is of the field, or of any value of it but one."""
    code, said = failure.code or failure.type, failure.message.lower()
    if name in _SAMPLING and _FIXED.search(said):
        return True
    if code in _VALUE_CODES or _OF_A_VALUE.search(said):
        return False
    if name in _OF_WORDS and str(jsons.decode(bytes(sent[name]))).lower() in _words_of(failure):
        return False
    if name == "reasoning_effort" and "tool" in said:
        # Each is taken without the other.
        return False
    return code in _UNKNOWN_CODES or bool(_REFUSES.search(said))


def _words_of(failure: ProxyError) -> frozenset[str]:
    """What a refusal says, in lower case, without what it repeats of the call."""
    said = _ECHO.sub("", _INPUT.sub("", f"{failure.param} {failure.message}".lower()))
    return frozenset(_WORD.findall(said))


def wish(name: str, body: Json) -> str | None:
    """What a caller asked for where an edit made this field of it; None where the field was our own idea."""
    said = (each for each in ("reasoning_effort", "thinking") if each in body)
    return next(said, None) if name in EFFORTS else None


def told(name: str) -> str:
    """What was refused, for the log."""
    if name == STREAM:
        return "whole answers (streams in their place)"
    return f"{name} ({LIMITS[name]} in its place)" if name in LIMITS else name
