"""A Messages request into a `ChatRequest`: checked, said again in chat, and beside it the bytes that a relay sends on.

Only what must be read is checked. Fields, blocks and tools that we do not know are no mistake: Anthropic's own clients
send new ones before anybody has heard of them.

Invariant: `raw` is the body byte for byte; nothing that was decoded is changed in place.
Source: https://platform.claude.com/docs/en/api/messages (read 2026-11-20).
"""

from __future__ import annotations

from typing import Final

from proxy.core.shape import ChatRequest, Headers, Json
from proxy.surfaces.body import object_of
from proxy.surfaces.messages.complaint import missing, no_thread
from proxy.surfaces.messages.conversation import conversation, system
from proxy.surfaces.messages.fields import write_fields
from proxy.surfaces.messages.tools import must_search, needs_its_maker
from proxy.surfaces.options import call_options, cascade

DIALECT: Final = "messages"
"""Of requests."""


def parse(body: bytes, forward: Headers = ()) -> ChatRequest:
    """Read a call.

    Args:
        body: The request body, all of it.
        forward: The caller's headers that providers may see.

    Raises:
        ProxyError: INVALID_REQUEST, in Anthropic's words.
    """
    sent = object_of(body)
    if sent.get("max_tokens") is None:
        raise missing("max_tokens")
    if sent.get("thread") is not None:
        raise no_thread()
    return request_of(sent, body, forward)


def request_of(sent: Json, body: bytes, forward: Headers) -> ChatRequest:
    """Read a call that was decoded already; it may lack what only an answer needs.

    Raises:
        ProxyError: INVALID_REQUEST, in Anthropic's words.
    """
    models, options = cascade(sent.get("models")), call_options(sent.get("firstbyte"))
    chat: Json = {}
    write_fields(chat, sent)
    chat["messages"] = [*system(sent.get("system")), *conversation(sent.get("messages"))]
    return ChatRequest(
        body=chat,
        raw=body,
        dialect=DIALECT,
        translated=True,
        model=chat.get("model", ""),
        models=models,
        stream=chat.get("stream", False),
        include_usage=True,
        wants_thinking_blocks=True,
        options=options,
        forward=forward,
        must_search=must_search(chat),
        only_native=needs_its_maker(sent),
    )
