"""Calls of the Messages API relayed to a target that speaks it: the caller's bytes, and what went out."""

import json

from proxy.core.shape import ChatRequest
from tests.support.encoded import encoded

RAW = b'{ "model": "asked", "max_tokens":  9, "messages": [{"role":"user","content":"H\\u0069"}], "new_field": 1.50 }'
"""A body with white space, escapes and numbers that no rewriting would keep, and a field that nobody knows."""


def request(raw=RAW, *, stream=False, forward=()):
    if not isinstance(raw, bytes):
        raw = json.dumps(raw).encode()
    return ChatRequest(
        body={"messages": [{"role": "user", "content": "Hi"}]},
        raw=raw,
        dialect="messages",
        model="asked",
        stream=stream,
        forward=forward,
    )


def call(codec, to, raw=RAW, **named):
    """The HTTP call; a second encoding gives the same bytes."""
    return encoded(codec.encode, request(raw, **named), to)


def natives(chunks):
    """The name and the payload of every event that was relayed, in order."""
    found = [chunk["native"] for chunk in chunks if "native" in chunk]

    assert all(native["dialect"] == "anthropic" for native in found)

    return [(native.get("event"), native["payload"]) for native in found]
