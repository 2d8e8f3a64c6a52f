"""Writes a chat call for a caller of another API, whose request was said again in chat: what chat has no form for leaves,
and what it has another form for gets that.

A chat caller's own bytes are relayed with whatever they hold, because a provider may know it. What another API's caller
sent is known here, so that a provider that refuses unknown fields is asked for nothing that it does not have.

Invariant: the request is not touched; what is left out at the top level is named.
Source: https://platform.openai.com/docs/api-reference/chat/create, https://developers.openai.com/api/docs/guides/latest-model
(read 2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from proxy.codecs.openai.request import encode
from proxy.codecs.plain.complaint import unsupported
from proxy.codecs.plain.effort import effort_for
from proxy.codecs.plain.freeform import as_functions, names_of
from proxy.codecs.plain.parts import in_known_detail, text_file
from proxy.codecs.plain.results import hoisted
from proxy.codecs.responses.models import Reasons, base_model, row, within_reach
from proxy.codecs.responses.need import at_home
from proxy.codecs.responses.parts import file_name
from proxy.codecs.vendors.content import (
    no_cache_marks,
    over_messages,
    refusal_as_text,
    without,
)
from proxy.codecs.vendors.draft import Draft
from proxy.codecs.vendors.registry import REASONING, Edit
from proxy.codecs.vendors.toolbox import only_allowed
from proxy.codecs.web_search import CHAT, OPENROUTER, OPTIONS, REQUIRED, searches_always, unsaid
from proxy.core.errors import ProxyError
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

MARKS: Final = "cache_control"
_HEADERS: Final = "anthropic-"
_THINKING: Final = "thinking"
_EFFORT: Final = "reasoning_effort"
_MISTRAL: Final = "mistral"

KNOWN: Final = frozenset(
    {
        "audio", "frequency_penalty", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages",
        "metadata", "modalities", "model", "moderation", "n", "parallel_tool_calls", "prediction", "presence_penalty",
        "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", _EFFORT, "response_format",
        "safety_identifier", "seed", "service_tier", "stop", "store", "stream", "stream_options", "temperature",
        _THINKING, "tool_choice", "tools", "top_logprobs", "top_p", "user", "verbosity", "web_search_options",
    }
)  # fmt: skip
"""The fields of a chat request, and `thinking`, which is settled apart."""
_REASONING_REFUSES: Final = (
    "temperature", "top_p", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty", "logit_bias", "stop",
)  # fmt: skip
"""What OpenAI's models refuse while they reason."""
_IMAGES: Final = "images"
_OF_MESSAGES: Final = ("is_error", "thinking_blocks", _IMAGES)
_REASONS: Final = ("reasoning_content", "reasoning", "reasoning_details")
_PARTS: Final = frozenset({"text", "image_url", "input_audio", "file", "refusal", "video_url"})

_TAKES_CUSTOM: Final = re.compile(r"(.*/)?(ft:)?gpt-([5-9]|[1-9]\d)")
_LONGEST: Final = (
    (re.compile(r"(ft:)?(gpt-4o|chatgpt-4o)"), 16_384),
    (re.compile(r"(ft:)?gpt-4\.1"), 32_768),
    (re.compile(r"(ft:)?gpt-(4-turbo|4-1106|4-0125|3\.5)"), 4_096),
    (re.compile(r"(ft:)?gpt-4(?![.\d])"), 8_192),
)
"""Tokens of the longest answer of models that are asked for more by callers whose API insists on a limit."""


def encode_for(request: ChatRequest, target: Target, edits: Iterable[Edit] = ()) -> HttpCall:
    """Write the call, whichever API it came by; the arguments are those of `encode`.

    Raises:
        ProxyError: UNSUPPORTED, where a part of the request has no form in chat.
    """
    if not request.translated:
        return encode(request, target, edits)
    call = encode(request, target, (translate, *edits))
    kept = [
        line for line in call.headers if not line[0].startswith(_HEADERS) or line in target.headers
    ]
    return replace(call, headers=tuple(kept))


def customs(request: ChatRequest, target: Target) -> frozenset[str]:
    """The custom tools that this target is told of as functions."""
    if not request.translated or _takes_custom(target):
        return frozenset()
    return names_of(request.body)


def translate(draft: Draft) -> None:
    """Bring a draft into what chat has.

    Raises:
        ProxyError: UNSUPPORTED for a content part of another API's own.
    """
    _say_effort(draft)
    taken = KNOWN | draft.target.quirks.takes | draft.target.params.keys()
    draft.drop(*sorted(draft.members.keys() - taken))
    _say_search(draft)
    is_home = at_home(draft.target)
    if not is_home and MARKS not in draft.target.quirks.takes:
        no_cache_marks(draft)
    _set_messages(draft)
    if not _takes_custom(draft.target):
        without_customs(draft)
    if is_home:
        _fit_openai(draft)
    else:
        only_allowed(draft)


def _say_search(draft: Draft) -> None:
    """A search is a setting of the models that always make one; with others it is a tool, if the vendor has it as one."""
    if OPENROUTER in draft.target.quirks.request:
        return
    if not searches_always(draft.model):
        draft.drop(OPTIONS)
        return
    options = draft.object(OPTIONS)
    draft.dropped += unsaid(options, *CHAT, REQUIRED)
    if options:
        draft.put(OPTIONS, {name: options[name] for name in CHAT if name in options})


def _say_effort(draft: Draft) -> None:
    """`thinking` as an effort, unless the target has a place for its budget, no word for either, or a codec that reads it."""
    said, word = draft.value(_THINKING), effort_for(draft.value(_THINKING))
    if said is None or draft.target.protocol == _MISTRAL:
        return
    draft.take(_THINKING)
    if word is None:
        return
    if _THINKING in draft.target.quirks.takes:
        budget = {"budget_tokens": said["budget_tokens"]} if "budget_tokens" in said else {}
        draft.put(_THINKING, {"type": "disabled" if word == "none" else "enabled", **budget})
    elif draft.value(_EFFORT) is None:
        if _takes_effort(draft.target, word):
            draft.put(_EFFORT, word)
        elif word != "none":
            draft.dropped.append(_THINKING)


def _takes_effort(target: Target, word: str) -> bool:
    if at_home(target):
        # Without any word OpenAI's models reason as little as they can be asked to, or cannot be asked not to.
        return word != "none" and row(base_model(target)).reasons in (
            Reasons.ASKED,
            Reasons.UNLESS_TOLD,
        )
    return not REASONING.isdisjoint(target.quirks.request)


def _set_messages(draft: Draft) -> None:
    unread = _OF_MESSAGES if _keeps_reasons(draft.target) else (*_OF_MESSAGES, *_REASONS)
    said = [message for message in draft.messages if not _only_shows(message)]
    messages = over_messages(said, lambda message: without(message, *unread))
    new: list[Any] = []
    for at, message in enumerate(messages):
        new.append(_message(message, f"messages[{at}].content"))
    if not at_home(draft.target):
        new = over_messages(over_messages(new, _in_known_detail), refusal_as_text)
    draft.messages = hoisted(new)


def _only_shows(message: Any) -> bool:
    """Whether a message holds images that an answer gave and nothing that chat has a form for."""
    given = message if isinstance(message, dict) else {}
    said = any(given.get(name) for name in ("content", "refusal", "tool_calls"))
    return bool(given.get(_IMAGES)) and not said


def _keeps_reasons(target: Target) -> bool:
    """Whether the reasoning of earlier answers is settled elsewhere: by a vendor's row, or by a codec of its own."""
    return bool(target.quirks.reasoning_replay) or target.protocol == _MISTRAL


def _message(message: Any, path: str) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    parts = [_part(part, f"{path}[{at}]") for at, part in enumerate(content)]
    if len(parts) == 1 and parts[0].keys() == {"type", "text"}:
        return {**message, "content": parts[0]["text"]}
    return {**message, "content": parts}


def _in_known_detail(message: Json) -> Json:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    parts = over_messages(content, in_known_detail)
    return message if parts is content else {**message, "content": parts}


def _part(part: Json, path: str) -> Json:
    kind = part.get("type")
    if kind not in _PARTS:
        raise unsupported(f"This model takes no content part '{str(kind)[:64]}' here.", path)
    if kind != "file":
        return part
    try:
        name, said = text_file(part, path)
    except ProxyError:
        return _with_ending(part)
    marks = {MARKS: part[MARKS]} if MARKS in part else {}
    return {"type": "text", "text": f"{name}:\n{said}" if name else said, **marks}


def _with_ending(part: Json) -> Json:
    file = part.get("file")
    if not isinstance(file, dict):
        return part
    name, data = file.get("filename"), file.get("file_data")
    if not isinstance(name, str) or not isinstance(data, str) or data[:5].lower() != "data:":
        return part
    return {**part, "file": {**file, "filename": file_name(name, data)}}


def without_customs(draft: Draft) -> None:
    """Tell the target of custom tools as functions."""
    body = {
        "messages": draft.messages,
        "tools": draft.value("tools"),
        "tool_choice": draft.value("tool_choice"),
    }
    new = as_functions(body)
    draft.messages = new["messages"]
    for name in ("tools", "tool_choice"):
        if new[name] is not body[name]:
            draft.put(name, new[name])


def _takes_custom(target: Target) -> bool:
    return at_home(target) and bool(_TAKES_CUSTOM.match(base_model(target).lower()))


def _fit_openai(draft: Draft) -> None:
    """What OpenAI's own models refuse, though chat has a form for it."""
    model, effort = base_model(draft.target).lower(), draft.value(_EFFORT)
    reasons = row(model).reasons
    if reasons is Reasons.NEVER:
        draft.drop(_EFFORT, "verbosity")
    elif reasons is Reasons.UNLESS_TOLD or effort not in (None, "none"):
        draft.drop(*(name for name in _REASONING_REFUSES if name not in draft.target.params))
        _fit_effort(draft, effort, model)
    if draft.request.dialect == "messages":
        _fit_limit(draft, model)


def _fit_effort(draft: Draft, effort: Any, model: str) -> None:
    if isinstance(effort, str) and _EFFORT not in draft.target.params:
        fitted = within_reach(effort, model)
        if fitted != effort:
            draft.put(_EFFORT, fitted)


def _fit_limit(draft: Draft, model: str) -> None:
    most = next((longest for family, longest in _LONGEST if family.match(model)), None)
    for name in ("max_tokens", "max_completion_tokens"):
        limit = draft.value(name)
        if most is not None and isinstance(limit, int) and limit > most:
            draft.put(name, most)
