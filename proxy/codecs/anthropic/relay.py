"""Writes a Messages call for a caller of the Messages API: the caller's own bytes, with the few edits that are ours.

Only the top level is taken apart; what an edit does not name stays the bytes that came, fields that we do not know
included. The conversation is rebuilt only where it holds ids that other providers left, or that we packed something
into: signed reasoning is then given back to its maker and kept from all others, as for chat callers.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from proxy.codecs.anthropic import headers
from proxy.codecs.anthropic.draft import maker_of
from proxy.codecs.anthropic.relay_params import lay_over
from proxy.codecs.anthropic.replay import MAX_NATIVE_ID, cleaned
from proxy.core import jsons
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, HttpCall, Json, Target
from proxy.core.state import MARK, Packed, unpack

DIALECT: Final = "messages"
"""The surface whose callers speak this protocol."""

_OURS: Final = ("models", "firstbyte")
_SIGNED: Final = frozenset({"thinking", "redacted_thinking"})
_ID_PLACES: Final = {"tool_use": "id", "tool_result": "tool_use_id"}
_ODD_ID: Final = re.compile(
    rb'"(?:tool_use_)?id"\s*:\s*"[^"]*(?:[^"A-Za-z0-9_-]|%b)' % MARK.encode()
)
"""An id that the provider would refuse, or that carries something; asked of the bytes, so that most are never read."""


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
    _set_messages(members, maker_of(target.model))
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


def _set_messages(members: Members, maker: str) -> None:
    came = bytes(members.get("messages", b""))
    if not _ODD_ID.search(came):
        return
    messages = jsons.decode(came)
    if not isinstance(messages, list):
        return
    edited = [_message(message, maker) for message in messages]
    if edited != messages:
        members["messages"] = jsons.raw(edited)


def _message(message: Any, maker: str) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    if not isinstance(content, list):
        return message
    packed = [_packed(block) for block in content]
    makers = {each.maker for each in packed if each and each.maker}
    # A foreign signature is refused: where a call says that others made it, its message loses all that is signed.
    foreign = bool(makers - {maker})
    known = [block for block in content if _kind(block) in _SIGNED]
    blocks: list[Any] = []
    for block, carried in zip(content, packed, strict=True):
        if carried is not None:
            if not foreign:
                blocks += [each for each in carried.blocks if each not in known]
            blocks.append({**block, _ID_PLACES[block["type"]]: cleaned(carried.id, MAX_NATIVE_ID)})
        elif not (foreign and _kind(block) in _SIGNED):
            blocks.append(block)
    return {**message, "content": blocks}


def _packed(block: Any) -> Packed | None:
    """The id of a call or of a result, with what it carries; None for any other block."""
    place = _ID_PLACES.get(_kind(block))
    given = block.get(place) if place else None
    if not isinstance(given, str):
        return None
    # A result only repeats what its call has carried.
    return unpack(given) if place == "id" else Packed(unpack(given).id)


def _kind(block: Any) -> str:
    kind: Json | Any = block.get("type") if isinstance(block, dict) else None
    return kind if isinstance(kind, str) else ""
