"""Writes a chat call for one target: the caller's own bytes, with the few edits that this target needs.

Only the top level is taken apart; what an edit does not name stays the bytes that came, with its numbers, escapes and
order. Messages are rebuilt only where they hold what this target cannot take.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-20).
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.core import jsons, state
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, Headers, HttpCall, Json, Target

_DIALECT: Final = "chat"
_OURS: Final = ("models", "firstbyte")
_NEED_TOOLS: Final = ("tool_choice", "parallel_tool_calls")
_LIMITS: Final = ("max_tokens", "max_completion_tokens")

_OPENAI_HOST: Final = re.compile(r"(.+\.)?api\.openai\.com")
_REASONING_FAMILIES: Final = (
    re.compile(r"(ft:)?o[0-9]"),
    re.compile(r"(ft:)?gpt-([5-9]|[1-9][0-9])"),
    re.compile(r"(ft:)?codex-"),
)
"""OpenAI's models that refuse `max_tokens`."""


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call."""
    members = _members(request)
    dropped: list[str] = []
    _set_params(members, target)
    for name in _OURS:
        members.pop(name, None)
    members["model"] = jsons.raw(target.model)
    _set_stream(members, request, target, dropped)
    _set_limit(members, target)
    _drop_bare_tools(members)
    _set_messages(members, request, target)
    _apply_quirks(members, target, dropped)
    return HttpCall(
        url=f"{target.base_url}/chat/completions",
        headers=_headers(request, target),
        body=jsons.join(members),
        dropped=tuple(dropped),
    )


def _members(request: ChatRequest) -> Members:
    if request.raw and request.dialect == _DIALECT:
        return jsons.split(request.raw)
    return {name: jsons.raw(value) for name, value in request.body.items()}


def _value(members: Members, name: str) -> Any:
    """The value of a member; None where there is none."""
    member = members.get(name)
    return None if member is None else jsons.decode(bytes(member))


def _set_params(members: Members, target: Target) -> None:
    """The target's own values replace the caller's; a limit on the answer does so under either of its names."""
    if any(name in target.params for name in _LIMITS):
        for name in _LIMITS:
            members.pop(name, None)
    for name, value in target.params.items():
        members[name] = jsons.raw(value)


def _set_stream(members: Members, request: ChatRequest, target: Target, dropped: list[str]) -> None:
    if bool(_value(members, "stream")) is not request.stream:
        members["stream"] = jsons.raw(request.stream)
    if not request.stream:
        members.pop("stream_options", None)
        return
    if not target.quirks.stream_options:
        if members.pop("stream_options", None) is not None:
            dropped.append("stream_options")
        return
    given = _value(members, "stream_options")
    options: Json = given if isinstance(given, dict) else {}
    if options.get("include_usage") is not True:
        members["stream_options"] = jsons.raw({**options, "include_usage": True})


def _set_limit(members: Members, target: Target) -> None:
    """One limit on the answer's length, under the name that OpenAI's own newer models insist on."""
    if all(name in members for name in _LIMITS):
        del members["max_tokens"]
    if "max_tokens" in members and _refuses_max_tokens(target):
        _rename(members, "max_tokens", "max_completion_tokens")


def _refuses_max_tokens(target: Target) -> bool:
    host = urlsplit(target.base_url).hostname or ""
    return bool(_OPENAI_HOST.fullmatch(host)) and any(
        family.match(target.model) for family in _REASONING_FAMILIES
    )


def _drop_bare_tools(members: Members) -> None:
    """OpenAI refuses an empty list of tools, and what speaks of tools where there are none."""
    if not _value(members, "tools"):
        members.pop("tools", None)
        for name in _NEED_TOOLS:
            members.pop(name, None)


def _set_messages(members: Members, request: ChatRequest, target: Target) -> None:
    raw = bytes(members.get("messages", b""))
    messages = request.body.get("messages")
    if not isinstance(messages, list):
        return
    new = messages
    if b'"thinking_blocks"' in raw or state.is_packed(raw):
        new = state.strip_messages(new)
    if not target.quirks.developer_role and b'"developer"' in raw:
        new = [_as_system(message) for message in new]
    if new is not messages:
        members["messages"] = jsons.raw(new)


def _as_system(message: Any) -> Any:
    if isinstance(message, dict) and message.get("role") == "developer":
        return {**message, "role": "system"}
    return message


def _apply_quirks(members: Members, target: Target, dropped: list[str]) -> None:
    for name in sorted(target.quirks.drop & members.keys()):
        del members[name]
        dropped.append(name)
    for name, new in target.quirks.rename.items():
        if name in members:
            _rename(members, name, new)


def _rename(members: Members, name: str, new: str) -> None:
    """Rename a member in its place."""
    items = [(new if key == name else key, value) for key, value in members.items() if key != new]
    members.clear()
    members.update(items)


def _headers(request: ChatRequest, target: Target) -> Headers:
    """The caller's that the allow-list let through, then ours, then the target's; the last of a name counts."""
    headers = dict(request.forward)
    headers["content-type"] = "application/json"
    headers["accept"] = "text/event-stream" if request.stream else "application/json"
    if target.api_key:
        headers["authorization"] = f"Bearer {target.api_key.reveal()}"
    headers.update(target.headers)
    return tuple(headers.items())
