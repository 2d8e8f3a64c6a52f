"""Chat requests written for Bedrock, and Converse streams made up message by message."""

import json

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from proxy.codecs.bedrock import Bedrock
from proxy.core.credential import AwsAuth
from proxy.core.errors import ProxyError
from proxy.core.fold import fold
from proxy.core.shape import ChatRequest, Target
from proxy.wire.eventstream import encode_message
from tests.support.encoded import encoded

SONNET_4_5 = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
OPUS_4_5 = "us.anthropic.claude-opus-4-5-20251101-v1:0"
OPUS_4_6 = "us.anthropic.claude-opus-4-6-v1"
OPUS_5 = "us.anthropic.claude-opus-5"
OPUS_5_5 = "us.anthropic.claude-opus-5-5"
HAIKU_3_5 = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
NOVA = "us.amazon.nova-pro-v1:0"
NOVA_2 = "us.amazon.nova-2-lite-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
LLAMA = "us.meta.llama4-maverick-17b-instruct-v1:0"
MISTRAL = "mistral.mistral-large-2407-v1:0"
TITAN = "amazon.titan-text-express-v1"

SERVICE = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("bedrock-runtime", "service-2", "2023-09-30"),
    "bedrock-runtime",
)

HI = [{"role": "user", "content": "Hi"}]
SAID = [{"role": "user", "content": [{"text": "Hi"}]}]
AUTH = AwsAuth("eu-west-1")


def target(model=SONNET_4_5, **named):
    named.setdefault("auth", AUTH)
    named.setdefault("base_url", "")
    return Target("aws", model, "bedrock", named.pop("base_url"), **named)


def call(body, model=SONNET_4_5, *, stream=False, forward=(), **named):
    """The HTTP call; the request stays as it was, and a second encoding gives the same bytes."""
    request = ChatRequest(body=body, stream=stream, model="asked", forward=forward)
    written = encoded(Bedrock().encode, request, target(model, **named))

    # What AWS's own client would refuse to send is not sent by us either.
    shape = SERVICE.shape_for("ConverseStreamRequest" if stream else "ConverseRequest")
    params = {"modelId": model, **json.loads(written.body)}
    report = botocore.validate.ParamValidator().validate(params, shape)

    assert not report.has_errors(), report.generate_report()

    return written


def native(body, model=SONNET_4_5, **named):
    """The native body."""
    return json.loads(call({"messages": HI, **body}, model, **named).body)


def turns(messages, model=SONNET_4_5, **body):
    """The native `messages`."""
    return native({"messages": messages, **body}, model)["messages"]


def dropped(body, model=SONNET_4_5, **named):
    """The names of fields that the target does not take."""
    return call({"messages": HI, **body}, model, **named).dropped


def complaint(body, model=SONNET_4_5, **named):
    """The error for a request that cannot be written."""
    with pytest.raises(ProxyError) as caught:
        call({"messages": HI, **body}, model, **named)
    return caught.value


def function(name="tide", **more):
    return {"type": "function", "function": {"name": name, **more}}


def spec(name="tide", description=None, schema=None, **more):
    schema = {"type": "object", "properties": {}} if schema is None else schema
    shape = {"name": name, "description": description or name, "inputSchema": {"json": schema}}
    return {"toolSpec": {**shape, **more}}


def user(*content):
    return {"role": "user", "content": list(content)}


def assistant(*content):
    return {"role": "assistant", "content": list(content)}


def event(name, payload):
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return encode_message(headers, json.dumps(payload).encode())


def failed(name, payload):
    headers = {":exception-type": name, ":message-type": "exception"}
    return encode_message(headers, json.dumps(payload).encode())


def delta(index, said):
    return event("contentBlockDelta", {"contentBlockIndex": index, "delta": said})


def start(index, opened):
    return event("contentBlockStart", {"contentBlockIndex": index, "start": opened})


def stop(index):
    return event("contentBlockStop", {"contentBlockIndex": index})


BEGIN = event("messageStart", {"role": "assistant"})


def end(reason="end_turn"):
    return event("messageStop", {"stopReason": reason})


def decoder(body=None, model=SONNET_4_5, **named):
    return Bedrock().stream(ChatRequest(body=body or {}), target(model, **named), created=1)


def answer(*messages, body=None, model=SONNET_4_5):
    """The message and the finish of a stream."""
    reader = decoder(body, model)
    chunks = reader.feed(b"".join(messages)) + reader.finish()
    choice = fold(chunks)["choices"][0]
    return choice["message"], choice["finish_reason"]
