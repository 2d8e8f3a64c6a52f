"""Writes a Messages call for a caller of the Messages API: the caller's own bytes, with the few edits that are ours.

Only the top level is taken apart; what an edit does not name stays the bytes that came, fields that we do not know
included.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.codecs.anthropic import headers
from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.anthropic.relay_history import restored
from proxy.codecs.anthropic.relay_params import lay_over
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, HttpCall, Target

DIALECT: Final = "messages"
"""The surface whose callers speak this protocol."""

_OURS: Final = ("models", "firstbyte")


@dataclass(frozen=True, slots=True)
class Relay:
    """A caller's body, edited for one target."""

    members: Members
    betas: list[str]
    """Beta features that the target's own parameters need."""
    dropped: tuple[str, ...]
    """Parameters of the target's that have no form here."""


def relays(request: ChatRequest) -> bool:
    """Whether the caller's own body can go on to a target that speaks the Messages API."""
    return request.dialect == DIALECT and bool(request.raw)


def check_translatable(request: ChatRequest) -> None:
    """See that a request which cannot be relayed here says nothing that only a relay would keep.

    Raises:
        ProxyError: UNSUPPORTED, in the sentence that the request brings.
    """
    if request.only_native:
        raise ProxyError(Kind.UNSUPPORTED, request.only_native)


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call."""
    relay = edit(request, target)
    return HttpCall(
        url=f"{target.base_url.removesuffix('/v1')}/v1/messages",
        headers=headers.relayed(target, request.forward, relay.members, relay.betas),
        body=jsons.join(relay.members),
        dropped=relay.dropped,
    )


def edit(request: ChatRequest, target: Target) -> Relay:
    """The caller's body with the target's model and parameters, without what is only ours."""
    members = jsons.split(request.raw)
    for name in _OURS:
        members.pop(name, None)
    members["model"] = jsons.raw(target.model)
    _set_stream(members, stream=request.stream)
    turns = restored(bytes(members.get("messages", b"")), maker_of(target.model))
    if turns is not None:
        members["messages"] = jsons.raw(turns)
    if not target.params:
        return Relay(members, [], ())
    said = lay_over(members, target.params, target.model)
    return Relay(members, said.betas, tuple(said.dropped))


def _set_stream(members: Members, *, stream: bool) -> None:
    if (bytes(members.get("stream", b"")) == b"true") is stream:
        return
    if stream:
        members["stream"] = jsons.raw(value=True)
    else:
        del members["stream"]
