"""Calls to a simulator in both of its protocols, as bytes."""

import json
from urllib.parse import urlsplit

from tests.support.rawclient import RawClient, post

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


def chat(model, *, text="one two three", stream=True, **fields):
    """The bytes of an OpenAI call."""
    messages = [{"role": "user", "content": text}]
    body = {"model": model, "messages": messages, "stream": stream, **fields}
    return post(CHAT, json.dumps(body).encode())


def messages(model, *, text="one two three", stream=True, **fields):
    """The bytes of an Anthropic call."""
    turns = [{"role": "user", "content": text}]
    body = {"model": model, "messages": turns, "stream": stream, "max_tokens": 1000, **fields}
    return post(MESSAGES, json.dumps(body).encode(), "anthropic-version: 2023-06-01")


async def connect(sim):
    url = urlsplit(sim.base_url)
    return await RawClient.connect((url.hostname, url.port))


async def ask(sim, request):
    """One call on a connection of its own."""
    async with await connect(sim) as client:
        return await client.ask(request)


def payloads(response):
    """The `data:` payloads of an event stream, in order, decoded but for `[DONE]`."""
    lines = response.body.decode().split("\n")
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    return [piece if piece == "[DONE]" else json.loads(piece) for piece in data]


def content(response):
    """The text of a stream in either protocol."""
    text = ""
    for payload in payloads(response):
        if payload == "[DONE]":
            continue
        for choice in payload.get("choices", ()):
            text += choice["delta"].get("content") or ""
        text += payload.get("delta", {}).get("text", "")
    return text
