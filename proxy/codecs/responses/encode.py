"""A chat request as a Responses request: a table of fields, then a row of settlements.

A field that is in no table is dropped and named, because the API refuses a request for a field that it does not know.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from proxy.codecs.plain.fields import Fields
from proxy.codecs.responses import messages, sampling, tools
from proxy.codecs.responses.draft import Draft, draft_for
from proxy.codecs.responses.models import base_model, within_reach
from proxy.core import jsons
from proxy.core.shape import ChatRequest, Headers, HttpCall, Json, Target

Write: TypeAlias = Callable[[Draft, Any], None]

_OBJECTS: Final = ("reasoning", "text")
"""Native fields of which a target may set single members."""


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault.
    """
    body = _fitting(request.body, target) if request.translated else request.body
    chat, native = _overlaid(body, target.params)
    draft = draft_for(target)
    for name in sorted(target.quirks.drop & chat.keys()):
        draft.drop(name)
    _READ.take(
        {name: value for name, value in chat.items() if name not in target.quirks.drop}, draft
    )
    for settle in _SETTLEMENTS:
        settle(draft)
    return HttpCall(
        url=f"{target.base_url}/responses",
        headers=headers_of(request, target),
        body=jsons.encode(_merged(_body(draft, stream=request.stream), native)),
        auth=target.auth,
        dropped=tuple(draft.dropped),
    )


def _fitting(body: Json, target: Target) -> Json:
    """What another API's caller asked for, with an effort that the model knows."""
    effort = body.get("reasoning_effort")
    if not isinstance(effort, str):
        return body
    return {**body, "reasoning_effort": within_reach(effort, base_model(target))}


def params_of(target: Target) -> tuple[Json, tuple[str, ...]]:
    """A target's own parameters as fields of this API, and the names of those that have no form in it."""
    chat, native = _overlaid({}, target.params)
    draft = draft_for(target)
    _READ.take(chat, draft)
    made = {"tools": draft.tools, "reasoning": draft.reasoning, "text": draft.text}
    body = {**draft.body, **{name: value for name, value in made.items() if value}}
    return _merged(body, native), tuple(draft.dropped)


def _overlaid(body: Json, params: Mapping[str, Any]) -> tuple[Json, Json]:
    """As `Fields.overlaid`; single members of an object that chat has a name for too are native all the same."""
    chat, native = _READ.overlaid(body, params)
    own = {name: value for name, value in params.items() if name in native or name in _OBJECTS}
    return chat, own


def _body(draft: Draft, *, stream: bool) -> Json:
    """The fields in the order in which they are thought of, so that logs and tests read well."""
    body: Json = {"model": draft.model, "input": draft.input, "store": False, **draft.body}
    if stream:
        body["stream"] = True
    else:
        body.pop("stream_options", None)
    return body


def _merged(body: Json, native: Json) -> Json:
    """The body with the target's native fields; null takes a member away."""
    new = {**body, **native}
    for name in _OBJECTS:
        given = native.get(name)
        if isinstance(given, dict):
            both = {**body.get(name, {}), **given}
            new[name] = {key: value for key, value in both.items() if value is not None}
    return new


def headers_of(request: ChatRequest, target: Target) -> Headers:
    """The caller's that the allow-list let through, then ours, then the target's; the last of a name counts."""
    headers = dict(request.forward)
    headers["content-type"] = "application/json"
    headers["accept"] = "text/event-stream" if request.stream else "application/json"
    if target.api_key:
        headers["authorization"] = f"Bearer {target.api_key.reveal()}"
    headers.update(target.headers)
    return tuple(headers.items())


def _knob(name: str) -> Write:
    """A field that means the same here."""

    def write(draft: Draft, value: Any) -> None:
        draft.body[name] = value

    return write


_FIELDS: Final[dict[str, Write]] = {
    "messages": messages.write,
    "tools": tools.write,
    "web_search_options": tools.web_search,
    "tool_choice": tools.choice,
    "parallel_tool_calls": tools.parallel,
    "response_format": sampling.response_format,
    "verbosity": sampling.verbosity,
    "max_completion_tokens": sampling.limit,
    "max_tokens": sampling.limit,
    "reasoning": sampling.reasoning,
    "reasoning_effort": sampling.effort,
    "thinking": sampling.thinking,
    "temperature": sampling.number("temperature"),
    "top_p": sampling.number("top_p"),
    "logprobs": sampling.logprobs,
    "top_logprobs": sampling.number("top_logprobs"),
    "n": sampling.one_answer,
    "modalities": sampling.only_text,
    "stream_options": sampling.stream_options,
    "store": sampling.store,
    "include": sampling.include,
    **{
        name: _knob(name)
        for name in (
            "max_tool_calls",
            "metadata",
            "moderation",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "safety_identifier",
            "service_tier",
            "truncation",
        )
    },
    "user": sampling.user,
}
"""What is read of a chat request, in the order in which it is read: what replaced `user` before it."""

_ELSEWHERE: Final = frozenset({"model", "stream"})
"""The target and the request itself say these."""

_DROPPED: Final = frozenset(
    {
        "audio",
        "frequency_penalty",
        "logit_bias",
        "prediction",
        "presence_penalty",
        "seed",
        "stop",
    }
)
"""Chat fields that have no form here: dropped also where a target's own parameters have them."""

_READ: Final = Fields(_FIELDS, _ELSEWHERE, _DROPPED)

_SETTLEMENTS: Final[tuple[Callable[[Draft], None], ...]] = (tools.settle, sampling.settle)
"""In the order in which they depend on each other."""
