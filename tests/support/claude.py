"""Chat requests written for Claude: the native body, what was dropped, or the complaint."""

import json

import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.core.errors import ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from tests.support.encoded import encoded

SONNET_4_5 = "claude-sonnet-4-5"
OPUS_4_6 = "claude-opus-4-6"
OPUS_4_8 = "claude-opus-4-8"
OPUS_5_5 = "claude-opus-5-5"
SONNET_5_5 = "claude-sonnet-5-5"
OLD = "claude-3-5-haiku-20241022"

HI = [{"role": "user", "content": "Hi"}]


def target(model=SONNET_4_5, **named):
    named.setdefault("api_key", Secret("sk-ant-api03-0123456789"))
    return Target("claude", model, "anthropic", "https://api.anthropic.test", **named)


def call(body, model=SONNET_4_5, *, stream=False, forward=(), **named):
    """The HTTP call; the request stays as it was, and a second encoding gives the same bytes."""
    request = ChatRequest(body=body, stream=stream, model="asked", forward=forward)
    return encoded(Anthropic().encode, request, target(model, **named))


def native(body, model=SONNET_4_5, **named):
    """The native body."""
    return json.loads(call({"messages": HI, **body}, model, **named).body)


def turns(messages, model=SONNET_4_5, **body):
    """The native `messages`."""
    return native({"messages": messages, **body}, model)["messages"]


def dropped(body, model=SONNET_4_5):
    """The names of fields that the target does not take."""
    return call({"messages": HI, **body}, model).dropped


def complaint(body, model=SONNET_4_5):
    """The error for a request that cannot be written, as its kind, its path and its sentence."""
    with pytest.raises(ProxyError) as caught:
        call({"messages": HI, **body}, model)
    return caught.value


def function(name="tide", **more):
    return {"type": "function", "function": {"name": name, **more}}


def said(text):
    return {"type": "text", "text": text}


def user(*content):
    return {"role": "user", "content": list(content)}


def assistant(*content):
    return {"role": "assistant", "content": list(content)}
