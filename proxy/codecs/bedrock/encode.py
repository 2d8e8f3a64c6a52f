"""A chat request as a Converse call: a table of fields, then a row of settlements.

A field that is in no table is dropped and named, because the API refuses a request for a field it does not know. What
Converse itself has beside chat (`guardrailConfig`, `performanceConfig`, ...) passes as it is.

Invariant: the request is not changed; two calls with the same request give the same bytes.
Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeAlias

from proxy.codecs.bedrock import caching, messages, reasoning, sampling, structure, tools
from proxy.codecs.bedrock.draft import Draft, draft_for
from proxy.codecs.paths import in_path
from proxy.codecs.plain.complaint import invalid, wrong_type
from proxy.codecs.plain.fields import Fields
from proxy.codecs.sigv4 import domain
from proxy.core import jsons
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Headers, HttpCall, Json, Target

Write: TypeAlias = Callable[[Draft, Any], None]

_BETA: Final = "anthropic-beta"
_CREDENTIALS: Final = frozenset({"authorization", "x-api-key", "api-key"})
_EVENTS: Final = "application/vnd.amazon.eventstream"
_JSON: Final = "application/json"


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED or INVALID_REQUEST, with the path of the field at fault; MISCONFIGURED where neither an
            address nor a region is known.
    """
    chat, native = _READ.overlaid(request.body, target.params)
    draft = draft_for(target, dialect=request.dialect)
    _READ.take(chat, draft)
    if not draft.messages:
        raise invalid("Missing required parameter: 'messages'.", "messages")
    _betas(draft, [value for name, value in (*target.headers, *request.forward) if name == _BETA])
    for settle in _SETTLEMENTS:
        settle(draft)
    key = target.api_key
    return HttpCall(
        url=url(target, "converse-stream" if request.stream else "converse"),
        headers=base_headers(target, request),
        body=jsons.encode({**_body(draft, chat, stream=request.stream), **native}),
        auth=None if key else target.auth,
        dropped=tuple(draft.dropped),
    )


def _body(draft: Draft, chat: Json, *, stream: bool) -> Json:
    """The fields in the order in which the API documents them, so that logs and tests read well."""
    body: Json = {"messages": draft.messages}
    if draft.system:
        body["system"] = draft.system
    ours: Json = {**draft.body}
    for name, value in (
        ("inferenceConfig", draft.inference),
        ("additionalModelRequestFields", draft.additional),
    ):
        if value:
            ours[name] = value
    for name in KNOBS:
        if (given := chat.get(name)) is not None:
            laid_over = isinstance(given, dict) and isinstance(ours.get(name), dict)
            ours[name] = {**ours[name], **given} if laid_over else given
    guard = ours.get("guardrailConfig")
    if not stream and isinstance(guard, dict):
        # Only streams have a mode of processing, and only there it is known.
        ours["guardrailConfig"] = {k: v for k, v in guard.items() if k != "streamProcessingMode"}
    return body | ours


def url(target: Target, verb: str) -> str:
    """The address at which this model does what the verb says.

    Raises:
        ProxyError: MISCONFIGURED where neither an address nor a region is known; INVALID_REQUEST for a model whose name would lead
            elsewhere.
    """
    return _address(_base(target), target.model, verb)


def _base(target: Target) -> str:
    if target.base_url:
        return target.base_url
    auth = target.auth
    region = target.options.get("region") or (auth.region if isinstance(auth, AwsAuth) else "")
    if not region:
        raise ProxyError(
            Kind.MISCONFIGURED,
            f"The provider '{target.provider}' needs a region, such as us-east-1, or a base_url.",
        )
    return f"https://bedrock-runtime.{region}.{domain(region)}"


@lru_cache(maxsize=256)
def _address(base: str, model: str, verb: str) -> str:
    """Models are few, and come again with every call."""
    return f"{base}/model/{in_path(model)}/{verb}"


def base_headers(target: Target, request: ChatRequest) -> Headers:
    """The headers of any call, but for betas: those stand in the body here."""
    lines = {"content-type": _JSON, "accept": _EVENTS if request.stream else _JSON}
    if target.api_key:
        lines["authorization"] = f"Bearer {target.api_key.reveal()}"
    lines |= {name: value for name, value in target.headers if name != _BETA}
    for name, value in request.forward:
        if name not in _CREDENTIALS and name != _BETA:
            lines.setdefault(name, value)
    return tuple(lines.items())


def _betas(draft: Draft, value: Any) -> None:
    """`betas`, and the header of Anthropic's own API: to Claude they go in the body."""
    if not isinstance(value, list):
        raise wrong_type("betas", "an array of strings", value)
    split = [beta.strip() for each in value if isinstance(each, str) for beta in each.split(",")]
    if draft.family.claude and (betas := [beta for beta in split if beta]):
        known = draft.additional.setdefault("anthropic_beta", [])
        known += [beta for beta in dict.fromkeys(betas) if beta not in known]


def _sentences(draft: Draft) -> None:
    """What we tell the model stands after the caller's own system text, behind every cache point."""
    told: list[Json] = [{"text": sentence} for sentence in draft.sentences]
    if draft.family.system:
        draft.system += told
    else:
        draft.messages[0]["content"][:0] = told


def _knob(_draft: Draft, _value: Any) -> None:
    """A field of the provider's own: it is laid over what we write, when that is known."""


KNOBS: Final = (
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "promptVariables",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
)
_FIELDS: Final[dict[str, Write]] = {
    "messages": messages.write,
    "tools": tools.write,
    "tool_choice": tools.choice,
    "parallel_tool_calls": tools.parallel,
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
    "service_tier": sampling.service_tier,
    "metadata": sampling.metadata,
    "betas": _betas,
    **dict.fromkeys(KNOBS, _knob),
}
"""What is read of a chat request, in the order in which it is read: tools before the choice among them."""

_ELSEWHERE: Final = frozenset({"model", "stream", "stream_options"})
"""The target and the request itself say these."""

_DROPPED: Final = frozenset(
    {
        "audio", "frequency_penalty", "logit_bias", "moderation", "prediction",
        "presence_penalty", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier",
        "seed", "store", "user", "verbosity", "web_search_options",
    }
)  # fmt: skip
"""Chat fields that have no form here: dropped also where a target's own parameters have them."""

_READ: Final = Fields(_FIELDS, _ELSEWHERE, _DROPPED)

_SETTLEMENTS: Final[tuple[Callable[[Draft], None], ...]] = (
    reasoning.settle,
    sampling.settle,
    structure.settle,
    tools.settle,
    caching.settle,
    _sentences,
)
"""In the order in which they depend on each other."""
