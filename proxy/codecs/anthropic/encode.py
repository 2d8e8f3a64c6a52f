"""A chat request as a Messages request: a table of fields, then a row of settlements.

A field that is in no table is dropped and named, because the API refuses a request for a field it does not know.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from proxy.codecs.anthropic import caching, messages, reasoning, sampling, structure, tools
from proxy.codecs.anthropic.draft import Draft, draft_for
from proxy.codecs.anthropic.headers import headers
from proxy.codecs.anthropic.pausing import may_pause
from proxy.codecs.plain.complaint import wrong_type
from proxy.codecs.plain.fields import Fields
from proxy.core import jsons
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

Write: TypeAlias = Callable[[Draft, Any], None]

_BETAS: Final = {
    "context_management": "context-management-2025-06-27",
    "fallbacks": "server-side-fallback-2026-07-01",
    "mcp_servers": "mcp-client-2025-11-20",
    "speed": sampling.FAST_BETA,
}


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault.
    """
    chat, native = _READ.overlaid(request.body, target.params)
    draft = draft_for(target.model, dialect=request.dialect)
    _READ.take(chat, draft)
    for settle in _SETTLEMENTS:
        settle(draft)
    body = {**_body(draft, stream=request.stream), **native}
    return HttpCall(
        url=f"{target.base_url.removesuffix('/v1')}/v1/messages",
        headers=headers(target, request.forward, body, draft.betas),
        body=jsons.encode(body),
        dropped=tuple(draft.dropped),
        pauses=may_pause(request, target),
    )


def _body(draft: Draft, *, stream: bool) -> Json:
    """The fields in the order in which the API documents them, so that logs and tests read well."""
    rest = dict(draft.body)
    body: Json = {"model": draft.model, "max_tokens": rest.pop("max_tokens")}
    if draft.system:
        body["system"] = draft.system
    body |= {"messages": draft.messages, **rest}
    if stream:
        body["stream"] = True
    return body


def _sentences(draft: Draft) -> None:
    """What we tell the model stands after the caller's own system text, behind every cache mark."""
    draft.system += [{"type": "text", "text": sentence} for sentence in draft.sentences]


def _knob(name: str) -> Write:
    """A field of the provider's own, which passes as it is."""

    def write(draft: Draft, value: Any) -> None:
        draft.body[name] = value
        if name in _BETAS:
            draft.betas.append(_BETAS[name])

    return write


def _output_config(draft: Draft, value: Any) -> None:
    """`output_config`, the provider's own; what chat says of effort and format is added to it."""
    if not isinstance(value, dict):
        raise wrong_type("output_config", "an object", value)
    draft.body["output_config"] = value


def _betas(draft: Draft, value: Any) -> None:
    """`betas`, as the provider's SDK has them."""
    if not isinstance(value, list):
        raise wrong_type("betas", "an array of strings", value)
    draft.betas += [beta for beta in value if isinstance(beta, str)]


FIELDS: Final[dict[str, Write]] = {
    "messages": messages.write,
    "tools": tools.write,
    "tool_choice": tools.choice,
    "parallel_tool_calls": tools.parallel,
    "web_search_options": tools.web_search,
    "response_format": structure.write,
    "max_completion_tokens": sampling.limit,
    "max_tokens": sampling.limit,
    "reasoning_effort": reasoning.effort,
    "thinking": reasoning.thinking,
    "include_reasoning": reasoning.shown,
    "temperature": sampling.temperature,
    "top_p": sampling.top_p,
    "top_k": sampling.top_k,
    "stop": sampling.stop,
    "n": sampling.one_answer,
    "logprobs": sampling.no_logprobs,
    "top_logprobs": sampling.no_top_logprobs,
    "modalities": sampling.only_text,
    "safety_identifier": sampling.user,
    "user": sampling.user,
    "service_tier": sampling.service_tier,
    "prompt_cache_options": caching.options,
    "betas": _betas,
    "output_config": _output_config,
    **{
        name: _knob(name)
        for name in (
            "cache_control",
            "container",
            "context_management",
            "diagnostics",
            "fallbacks",
            "inference_geo",
            "mcp_servers",
            "speed",
        )
    },
}
"""What is read of a chat request, in the order in which it is read: tools before the choice among them."""

ELSEWHERE: Final = frozenset({"model", "stream", "stream_options"})
"""The target and the request itself say these."""

DROPPED: Final = frozenset(
    {
        "audio", "frequency_penalty", "logit_bias", "metadata", "moderation", "prediction",
        "presence_penalty", "prompt_cache_key", "prompt_cache_retention", "seed", "store", "verbosity",
    }
)  # fmt: skip
"""Chat fields that have no form here: dropped also where a target's own parameters have them."""

_READ: Final = Fields(FIELDS, ELSEWHERE, DROPPED)

_SETTLEMENTS: Final[tuple[Callable[[Draft], None], ...]] = (
    reasoning.settle,
    sampling.settle,
    structure.settle,
    tools.settle,
    caching.settle,
    _sentences,
)
"""In the order in which they depend on each other."""
