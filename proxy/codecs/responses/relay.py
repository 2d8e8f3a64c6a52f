"""Writes a Responses call for a caller of the Responses API: the caller's own bytes, with the few edits that are ours.

Only the top level is taken apart; what an edit does not name stays the bytes that came. The input is rebuilt only where
it holds what we sealed or packed for others: the provider would refuse reasoning that it cannot read.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://developers.openai.com/api/reference/resources/responses/methods/create (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.responses import encode as translated
from proxy.codecs.responses.replay import call_id, items_of, makers
from proxy.core import jsons
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, HttpCall, Json, Target
from proxy.core.state import MARK, is_packed, unpack, unseal

DIALECT: Final = "responses"
"""The surface whose callers speak this protocol."""

_OURS: Final = ("models", "firstbyte")
_SEARCH: Final = "web_search_call"
"""What others have searched is told under an id that no provider knows."""
_OBJECTS: Final = frozenset({"reasoning", "text"})
"""Fields of which a target's parameters may say single members."""
_MADE: Final = frozenset({"model", "input", "stream"})
"""What the caller's own bytes say."""


def relays(request: ChatRequest) -> bool:
    """Whether the caller's own body can go on to a target that speaks the Responses API."""
    return request.dialect == DIALECT and bool(request.raw)


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: a parameter of the target's own that has no form here.
    """
    members = jsons.split(request.raw)
    for name in _OURS:
        members.pop(name, None)
    members["model"] = jsons.raw(target.model)
    if (bytes(members.get("stream", b"false")) == b"true") is not request.stream:
        members["stream"] = jsons.raw(request.stream)
    _set_input(members, makers(target))
    dropped = _lay_over(members, target)
    return HttpCall(
        url=f"{target.base_url}/responses",
        headers=translated.headers_of(request, target),
        body=jsons.join(members),
        auth=target.auth,
        dropped=dropped,
    )


def _lay_over(members: Members, target: Target) -> tuple[str, ...]:
    """Put the target's own parameters into the body, in this API's words; null takes a member away."""
    if not target.params:
        return ()
    body, dropped = translated.params_of(target)
    for name in _OBJECTS & body.keys():
        body[name] = _merged(members.get(name), body[name], target.params.get(name))
    for name in [name for name in body if name not in _MADE]:
        members[name] = jsons.raw(body[name])
    return dropped


def _merged(came: Any, *over: Any) -> Json:
    """An object of the caller's with members of the target's laid over it; null takes a member away."""
    given = None if came is None else jsons.decode(bytes(came))
    both: Json = {}
    for each in (given, *over):
        both |= each if isinstance(each, dict) else {}
    return {name: value for name, value in both.items() if value is not None}


def _set_input(members: Members, allowed: frozenset[str]) -> None:
    came = bytes(members.get("input", b""))
    if not is_packed(came):
        return
    items = jsons.decode(came)
    if isinstance(items, list):
        members["input"] = jsons.raw([new for item in items for new in _item(item, allowed)])


def _item(item: Any, allowed: frozenset[str]) -> list[Any]:
    """An item as the provider takes it: without what others left in it, and none where nothing is left."""
    if not isinstance(item, dict):
        return [item]
    if item.get("type") == _SEARCH and MARK in str(item.get("id")):
        return []
    cipher, call = item.get("encrypted_content"), item.get("call_id")
    if isinstance(cipher, str) and (blocks := unseal(cipher)) is not None:
        return list(items_of(blocks, allowed))
    if isinstance(call, str):
        return [{**item, "call_id": call_id(unpack(call).id)}]
    return [item]
