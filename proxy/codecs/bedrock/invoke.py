"""Writes a call of InvokeModel for a caller of the Messages API: its own body, with Bedrock's edits.

Converse cannot say all that Messages says, so that Claude is called in its own words here. Version and betas stand in
the body, model and streaming in the address. A target's parameters are written for Converse; what of them has a place in
this operation, in the body or in a header, goes there, and the rest is dropped by name.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html and
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from proxy.codecs.anthropic.betas import BETA, abroad, listed
from proxy.codecs.anthropic.headers import VERSION
from proxy.codecs.anthropic.relay import Relay, edit, relays
from proxy.codecs.bedrock.encode import KNOBS, base_headers, url
from proxy.codecs.bedrock.models import family_of, named
from proxy.codecs.bedrock.sampling import TIERS
from proxy.core import jsons
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

BODY_VERSION: Final = "bedrock-2023-05-31"
"""`anthropic_version`, which stands in the body here."""

_BODY_BETAS: Final = "anthropic_beta"
_ADDITIONAL: Final = "additionalModelRequestFields"
_INFERENCE: Final = {
    "maxTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
}
"""Members of `inferenceConfig`, by their names in chat."""
_HEADERS: Final = {
    "x-amzn-bedrock-guardrailidentifier": ("guardrailConfig", "guardrailIdentifier"),
    "x-amzn-bedrock-guardrailversion": ("guardrailConfig", "guardrailVersion"),
    "x-amzn-bedrock-trace": ("guardrailConfig", "trace"),
    "x-amzn-bedrock-performanceconfig-latency": ("performanceConfig", "latency"),
    "x-amzn-bedrock-service-tier": ("serviceTier", "type"),
}
"""What Converse has in its body and this operation in a header."""
_METADATA: Final = "requestMetadata"
_PLACED: Final = frozenset(
    {_ADDITIONAL, "inferenceConfig", _METADATA, *(name for name, _ in _HEADERS.values())}
)


def serves(request: ChatRequest, target: Target) -> bool:
    """Whether the caller's own body can go to this model: it is in Claude's words, and the model is known as Claude."""
    return relays(request) and family_of(target.model, target.options).claude is not None


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: MISCONFIGURED where neither an address nor a region is known.
    """
    params, lines, dropped = _sorted(target.params)
    plain = replace(target, model=named(target.model, target.options), params=params)
    relay = edit(request, plain)
    members = relay.members
    for name in ("model", "stream"):
        members.pop(name, None)
    if "anthropic_version" not in params:
        members["anthropic_version"] = jsons.raw(BODY_VERSION)
    refused = _set_betas(relay, request, target)
    head = {name: value for name, value in base_headers(target, request) if name != VERSION}
    return HttpCall(
        url=url(target, "invoke-with-response-stream" if request.stream else "invoke"),
        headers=tuple((lines | head).items()),
        body=jsons.join(members),
        auth=None if target.api_key else target.auth,
        dropped=(*dropped, *relay.dropped, *refused),
    )


def _sorted(params: Mapping[str, Any]) -> tuple[Json, dict[str, str], list[str]]:
    """A target's parameters: those of the body in chat's or Claude's words, those in headers, and what has no place."""
    dropped = [name for name in params if name in KNOBS and name not in _PLACED]
    body = {name: value for name, value in params.items() if name not in KNOBS}
    for given, name in _INFERENCE.items():
        if (value := _member(params, "inferenceConfig", given)) is not None:
            body[name] = value
    additional = params.get(_ADDITIONAL)
    body |= additional if isinstance(additional, dict) else {}
    lines: dict[str, str] = {}
    for header, (name, member) in _HEADERS.items():
        if isinstance(value := _member(params, name, member), str):
            lines[header] = value.upper() if member == "trace" else value
    if metadata := params.get(_METADATA):
        lines["x-amzn-bedrock-request-metadata"] = jsons.encode(metadata).decode("ascii", "replace")
    tier = str(body.pop("service_tier", "auto"))
    if tier in TIERS:
        lines.setdefault("x-amzn-bedrock-service-tier", TIERS[tier])
    elif tier != "auto":
        dropped.append("service_tier")
    return body, lines, dropped


def _member(params: Mapping[str, Any], name: str, member: str) -> Any:
    value = params.get(name)
    return value.get(member) if isinstance(value, dict) else None


def _set_betas(relay: Relay, request: ChatRequest, target: Target) -> tuple[str, ...]:
    """Put all betas into the body; those that are left out come back."""
    members = relay.members
    lines = [value for name, value in (*target.headers, *request.forward) if name == BETA]
    names = listed([*lines, *_body_betas(members), *relay.betas])
    kept, refused = abroad(names)
    if kept:
        members[_BODY_BETAS] = jsons.raw(kept)
    else:
        members.pop(_BODY_BETAS, None)
    return refused


def _body_betas(members: Members) -> list[str]:
    given = jsons.decode(bytes(members.get(_BODY_BETAS, b"[]")))
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
