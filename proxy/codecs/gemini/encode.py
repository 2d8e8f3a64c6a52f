"""A chat request as a generateContent request: a table of fields, then a row of settlements.

A field that is in no table is dropped and named, because the API refuses a request for a field it does not know.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://ai.google.dev/api/generate-content (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.gemini import contents, generation, structure, thinking, tools
from proxy.codecs.gemini.draft import Draft, draft_for
from proxy.codecs.plain.complaint import an_object, unsupported
from proxy.codecs.plain.fields import Fields
from proxy.core.shape import ChatRequest, Json, Target

Write: TypeAlias = Callable[[Draft, Any], None]


class Written:
    """A request in native form.

    Args:
        body: The JSON object.
        streams: Whether it must be sent to the streaming method, be it that nobody asked for a stream.
        dropped: Chat fields that this target does not take.
    """

    __slots__ = ("body", "dropped", "streams")

    def __init__(self, body: Json, *, streams: bool, dropped: tuple[str, ...]) -> None:
        self.body = body
        self.streams = streams
        self.dropped = dropped


def written(request: ChatRequest, target: Target, protocol: str) -> Written:
    """Write the body.

    Args:
        request: What is asked.
        target: Whom.
        protocol: Which of Google's two services it goes to: `gemini` or `vertex`.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault.
    """
    chat, native = _READ.overlaid(_with_google(request.body), target.params)
    draft = draft_for(target.model, protocol)
    draft.translated, draft.must_limit = request.translated, request.dialect == "messages"
    draft.must_search = bool(request.must_search)
    _READ.take(chat, draft)
    for settle in _SETTLEMENTS:
        settle(draft)
    body = {**_body(draft), **native}
    return Written(body, streams=request.stream or _is_long(draft), dropped=tuple(draft.dropped))


def _with_google(body: Json) -> Json:
    """A request with `extra_body.google`, where clients of Google's own chat surface put what chat has no name for."""
    extra = body.get("extra_body")
    google = extra.get("google") if isinstance(extra, dict) else None
    return {**body, **google} if isinstance(google, dict) else body


def _body(draft: Draft) -> Json:
    """The fields in the order in which the API documents them, so that logs and tests read well."""
    body: Json = {"contents": draft.contents}
    if draft.system:
        body["systemInstruction"] = {"parts": draft.system}
    body |= draft.body
    if draft.config:
        body["generationConfig"] = draft.config
    return body


def _is_long(draft: Draft) -> bool:
    most, asked = draft.able.unary_limit, draft.config.get("maxOutputTokens")
    return most is not None and isinstance(asked, int) and asked > most


def _sentences(draft: Draft) -> None:
    """What we tell the model stands after the caller's own system text."""
    if not draft.sentences:
        return
    told = [{"text": sentence} for sentence in draft.sentences]
    if draft.able.system:
        draft.system += told
    else:
        draft.contents[0]["parts"] += told


def _cached(draft: Draft) -> None:
    """What a cache holds already may not be said again."""
    if "cachedContent" not in draft.body:
        return
    if not draft.able.caching:
        raise unsupported("This model takes no cached content.", "cached_content")
    if draft.system:
        draft.system = []
        draft.drop("messages.system")
    for name in ("tools", "toolConfig"):
        if draft.body.pop(name, None):
            draft.drop("tools" if name == "tools" else "tool_choice")


def _knob(native: str) -> Write:
    """A field of the provider's own, which passes as it is."""

    def write(draft: Draft, value: Any) -> None:
        draft.body[native] = value

    return write


def _config(draft: Draft, value: Any) -> None:
    """`generationConfig` in the provider's own form, under whatever else is asked."""
    draft.config.update(an_object(value, "generationConfig"))


def _thinking_config(draft: Draft, value: Any) -> None:
    """`thinkingConfig` in the provider's own form; the names inside may be in either spelling."""
    given = an_object(value, "thinking_config")
    draft.config["thinkingConfig"] = {_camel(name): each for name, each in given.items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


_FIELDS: Final[dict[str, Write]] = {
    "generationConfig": _config,
    "generation_config": _config,
    "thinkingConfig": _thinking_config,
    "thinking_config": _thinking_config,
    "messages": contents.write,
    "tools": tools.write,
    "tool_choice": tools.choice,
    "parallel_tool_calls": tools.parallel,
    "web_search_options": tools.web_search,
    "response_format": structure.write,
    "max_completion_tokens": generation.limit,
    "max_tokens": generation.limit,
    "reasoning_effort": thinking.effort,
    "thinking": thinking.thinking,
    "include_reasoning": thinking.shown,
    "temperature": generation.sampler("temperature", "temperature"),
    "top_p": generation.sampler("top_p", "topP"),
    "top_k": generation.sampler("top_k", "topK"),
    "frequency_penalty": generation.penalty("frequency_penalty", "frequencyPenalty"),
    "presence_penalty": generation.penalty("presence_penalty", "presencePenalty"),
    "n": generation.candidates,
    "stop": generation.stop,
    "seed": generation.seed,
    "logprobs": generation.logprobs,
    "top_logprobs": generation.top_logprobs,
    "modalities": generation.modalities,
    "audio": generation.audio,
    "service_tier": generation.service_tier,
    "safety_identifier": generation.user("safety_identifier"),
    "user": generation.user("user"),
    "metadata": generation.metadata,
    "labels": generation.labels,
    **{
        spelling: _knob(native)
        for native, spellings in {
            "safetySettings": ("safetySettings", "safety_settings"),
            "cachedContent": ("cachedContent", "cached_content"),
            "continuationToken": ("continuationToken", "continuation_token"),
        }.items()
        for spelling in spellings
    },
}
"""What is read of a chat request, in the order in which it is read: the provider's own form first, which chat's fields
then change, and tools before the choice among them."""

_ELSEWHERE: Final = frozenset({"model", "stream", "stream_options", "extra_body"})
"""The target and the request itself say these."""

_DROPPED: Final = frozenset(
    {
        "logit_bias", "moderation", "prediction", "prompt_cache_key", "prompt_cache_options",
        "prompt_cache_retention", "store", "verbosity",
    }
)  # fmt: skip
"""Chat fields that have no form here: dropped also where a target's own parameters have them."""

_READ: Final = Fields(_FIELDS, _ELSEWHERE, _DROPPED)

_SETTLEMENTS: Final[tuple[Callable[[Draft], None], ...]] = (
    thinking.settle,
    tools.settle,
    structure.settle,
    _sentences,
    _cached,
)
"""In the order in which they depend on each other."""
