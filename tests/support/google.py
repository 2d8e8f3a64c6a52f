"""Asks and answers of the Gemini protocol, for the tests of its codec."""

import json

from proxy.codecs.gemini import Gemini
from proxy.codecs.vertex import Vertex
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target

FLASH = "gemini-3.8-flash"
HELLO = [{"role": "user", "content": "Hello"}]
BASE = "https://gemini.test/v1beta"
CODECS = {"gemini": Gemini(), "vertex": Vertex()}


def target(model=FLASH, protocol="gemini", **given):
    options = {"project": "p", "location": "europe-west4"} if protocol == "vertex" else {}
    base = BASE if protocol == "gemini" else ""
    return Target(
        "google", model, protocol, base, Secret("AIza-key-0123"), options=options, **given
    )


def call(model=FLASH, protocol="gemini", *, stream=False, params=None, **fields):
    """The call that a chat request becomes."""
    body = {"messages": HELLO, **fields}
    request = ChatRequest(body=body, stream=stream)
    return CODECS[protocol].encode(request, target(model, protocol, params=params or {}))


def native(model=FLASH, protocol="gemini", **given):
    """The native body that a chat request becomes."""
    return json.loads(call(model, protocol, **given).body)


def config(model=FLASH, **given):
    """`generationConfig` alone."""
    return native(model, **given).get("generationConfig", {})


def contents(messages, model=FLASH, **given):
    """`contents` alone."""
    return native(model, messages=messages, **given)["contents"]


def event(*parts, finish=None, **more):
    """One event of an answer, of one candidate."""
    candidate = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": FLASH, "responseId": "r1", **more}


def candidate(event, **more):
    """The event with more members in its candidate."""
    [first] = event["candidates"]
    return {**event, "candidates": [{**first, **more}]}


def sse(*events):
    return b"".join(b"data: " + json.dumps(event).encode() + b"\r\n\r\n" for event in events)


def decoder(protocol="gemini", body=None, **given):
    request = ChatRequest(body=body or {"messages": HELLO}, stream=True)
    return CODECS[protocol].stream(request, target(protocol=protocol, **given), created=1)


def chunks(*events, protocol="gemini", **given):
    """The chunks of a streamed answer."""
    reader = decoder(protocol, **given)
    return reader.feed(sse(*events)) + reader.finish()


def answer(*events, **given):
    """A streamed answer as one completion."""
    return fold(chunks(*events, **given))


def message(*events, **given):
    """The message of a streamed answer's first choice."""
    return answer(*events, **given)["choices"][0]["message"]


def finish(*events, **given):
    return answer(*events, **given)["choices"][0]["finish_reason"]
