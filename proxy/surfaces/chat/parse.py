"""A request body into a `ChatRequest`: checked, normalised, and beside it the bytes that a relay sends on.

Invariant: the bytes are walked once by the JSON parser and never by us; nothing that was decoded is changed in place.
Source: https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-20).
"""

from __future__ import annotations

from operator import is_not
from typing import Final

from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of, without
from proxy.surfaces.chat.fields import FIELDS, check_fields
from proxy.surfaces.chat.functions import with_tools
from proxy.surfaces.chat.messages import conversation
from proxy.surfaces.chat.texts import read_texts
from proxy.surfaces.chat.tools import check_tools
from proxy.surfaces.options import call_options, cascade

_OURS: Final = ("models", "firstbyte")
_WITH_TOOLS: Final = ("tools", "tool_choice", "parallel_tool_calls")
_LIMITS: Final = ("max_tokens", "max_completion_tokens")
_SIGNED: Final = ("thinking_blocks", "reasoning_details")


def parse(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    return read(object_of(body), body, forward)


def read(sent: Json, body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call whose body has been decoded.

    Args:
        sent: What the body says.
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST with `param`.
    """
    return read_texts(sent, body, forward) or _read(sent, body, forward)


def _read(sent: Json, body: bytes, forward: Headers) -> ChatRequest:
    models, options = cascade(sent.get("models")), call_options(sent.get("firstbyte"))
    check_fields(sent)
    idle = _idle(sent)
    said: Json = {
        name: value
        for name, value in sent.items()
        if name not in idle and name not in _OURS and not (value is None and name in FIELDS)
    }
    said["messages"] = messages = conversation(sent.get("messages"))
    check_tools(said.get("tools") or [])
    stream = said.get("stream", False)
    return ChatRequest(
        body=with_tools(said),
        raw=without(body, idle),
        model=said.get("model", ""),
        models=models,
        stream=stream,
        include_usage=stream and bool((said.get("stream_options") or {}).get("include_usage")),
        legacy_functions=bool(said.get("functions")),
        tidied=any(map(is_not, messages, sent["messages"])),
        wants_thinking_blocks=_wants_thinking_blocks(said),
        options=options,
        forward=forward,
    )


def _idle(sent: Json) -> tuple[str, ...]:
    """Fields that say nothing here, but that strict providers refuse a request for."""
    idle = [name for name in _LIMITS if sent.get(name) == -1]
    if not sent.get("stream"):
        idle.append("stream_options")
    if not sent.get("tools"):
        idle += _WITH_TOOLS
    if not sent.get("functions"):
        idle += ("functions", "function_call")
    return tuple(name for name in idle if name in sent)


def _wants_thinking_blocks(body: Json) -> bool:
    return body.get("thinking") is not None or any(
        message.get(name) for message in body["messages"] for name in _SIGNED
    )
