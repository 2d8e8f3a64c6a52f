"""What a codec of the chat family writes for a request, as a test looks at it."""

import json

from proxy.codecs.openai import OpenAI
from proxy.core.shape import ChatRequest, Quirks, Target
from tests.support.encoded import encoded

ASKED = [{"role": "user", "content": "a"}]


def target(model="m", protocol="openai", base="http://provider.test/v1", **more):
    return Target("provider", model, protocol, base, **more)


def call_of(body, to, *, stream=False, codec=None):
    """The call for a chat body; checks that the body stays as it is and that a second call is the same."""
    codec = codec or OpenAI()
    request = ChatRequest(body={"messages": ASKED, **body}, stream=stream)
    return encoded(codec.encode, request, to)


def written(body, model="m", *, stream=False, codec=None, params=None, **quirks):
    """What a chat body becomes beside model, stream and the messages above, and what was dropped."""
    to = target(model, params=params or {}, quirks=Quirks(**quirks))
    call = call_of(body, to, stream=stream, codec=codec)
    native = json.loads(call.body)

    assert native.pop("model") == model
    if stream:
        assert native.pop("stream") is True
        native.pop("stream_options", None)
    if "messages" not in body and native.get("messages") == ASKED:
        del native["messages"]
    return native, call.dropped
