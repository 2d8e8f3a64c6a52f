"""Writes a legacy completion call: the caller's own bytes, with the few edits that the target needs.

Where the caller's bytes are no longer what is asked (the rest of an answer after a cut), the conversation so far is one
text again, and the model goes on from its end.

Invariant: the request is not touched, and writing it twice gives the same bytes.
Source: https://platform.openai.com/docs/api-reference/completions/create (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.codecs.plain.head import headers
from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.jsons import Members
from proxy.core.shape import ChatRequest, HttpCall, Json, Target

DIALECT: Final = "completions"
_OURS: Final = ("models", "firstbyte")
_CHATS: Final = ("messages", "top_logprobs")
"""Fields of chat that this API has in another form."""


def encode(request: ChatRequest, target: Target) -> HttpCall:
    """Write the call.

    Raises:
        ProxyError: UNSUPPORTED where the caller's bytes are gone and what they said has no form in chat.
    """
    members = _members(request)
    for name, value in target.params.items():
        members[name] = jsons.raw(value)
    for name in _OURS:
        members.pop(name, None)
    members["model"] = jsons.raw(target.model)
    dropped = _set_stream(members, request, target)
    for name, new in target.quirks.rename.items():
        if name in members:
            members[new] = members.pop(name)
    return HttpCall(
        url=f"{target.base_url}/completions",
        headers=headers(
            request, target, "text/event-stream" if request.stream else "application/json"
        ),
        body=jsons.join(members),
        dropped=dropped,
    )


def asked(request: ChatRequest) -> int:
    """How many choices the answer has: `n` for each prompt."""
    each = request.body.get("n") or 1
    prompt = jsons.decode(bytes(_members(request)["prompt"]))
    is_batch = isinstance(prompt, list) and isinstance(prompt[0], str | list)
    return each * len(prompt) if is_batch else each


def _members(request: ChatRequest) -> Members:
    if request.raw:
        return jsons.split(request.raw)
    if request.only_native:
        raise ProxyError(Kind.UNSUPPORTED, "The rest of this answer cannot be asked for.")
    body: Json = {name: value for name, value in request.body.items() if name not in _CHATS}
    if body.get("logprobs"):
        body["logprobs"] = request.body.get("top_logprobs", 0)
    body["prompt"] = _text(request.body["messages"])
    return {name: jsons.raw(value) for name, value in body.items()}


def _text(messages: list[Any]) -> str:
    """The prompt and what was answered to it so far; a request to go on is not a part of the text."""
    return "".join(message["content"] for message in messages[:2])


def _set_stream(members: Members, request: ChatRequest, target: Target) -> tuple[str, ...]:
    members["stream"] = jsons.raw(request.stream)
    if not request.stream:
        members.pop("stream_options", None)
        return ()
    if not target.quirks.stream_options:
        return () if members.pop("stream_options", None) is None else ("stream_options",)
    options = jsons.decode(bytes(members.get("stream_options", b"null"))) or {}
    members["stream_options"] = jsons.raw({**options, "include_usage": True})
    return ()
