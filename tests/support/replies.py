"""Chat requests written for the Responses API, and answers of that API to be read: short ways to say both."""

import json

import pytest

from proxy.codecs.responses.codec import Responses
from proxy.core.errors import ProxyError
from proxy.core.fold import fold
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from tests.support.encoded import encoded

HI = [{"role": "user", "content": "Hi"}]
PLAIN = "gpt-4.1"
THINKER = "gpt-5.4"
ALWAYS = "gpt-5"
STRANGER = "harbour-1"


def target(model=PLAIN, **named):
    named.setdefault("api_key", Secret("sk-test-0123456789"))
    named.setdefault("base_url", "https://api.openai.com/v1")
    return Target("openai", model, "responses", **named)


def call(body, model=PLAIN, *, stream=False, forward=(), **named):
    """The HTTP call; the request stays as it was, and a second encoding gives the same bytes."""
    request = ChatRequest(body=body, stream=stream, model="asked", forward=forward)
    return encoded(Responses().encode, request, target(model, **named))


def native(body, model=PLAIN, **named):
    """The native body."""
    return json.loads(call({"messages": HI, **body}, model, **named).body)


def items(messages, model=PLAIN, **named):
    """The native `input`."""
    return native({"messages": messages}, model, **named)["input"]


def dropped(body, model=PLAIN, **named):
    """The names of fields that the target does not take."""
    return call({"messages": HI, **body}, model, **named).dropped


def complaint(body, model=PLAIN, **named):
    """The error for a request that cannot be written."""
    with pytest.raises(ProxyError) as caught:
        call({"messages": HI, **body}, model, **named)
    return caught.value


def function(name, **members):
    return {"type": "function", "function": {"name": name, **members}}


def response(*output, status="completed", **members):
    """A response object, as at its end."""
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1795180000,
        "status": status,
        "model": "gpt-5.4-2026-03-05",
        "error": None,
        "incomplete_details": None,
        "output": list(output),
        **members,
    }


def message(*parts, mark="msg_1", **members):
    content = [part if isinstance(part, dict) else text(part) for part in parts]
    return {"id": mark, "type": "message", "role": "assistant", "content": content, **members}


def text(said, **members):
    return {"type": "output_text", "text": said, "annotations": [], **members}


def reasoning(*summary, mark="rs_1", cipher="opaque", **members):
    parts = [{"type": "summary_text", "text": part} for part in summary]
    item = {"id": mark, "type": "reasoning", "summary": parts, "encrypted_content": cipher}
    return {**item, **members}


def tool(name="tide", arguments="{}", mark="fc_1", call_id="call_1", **members):
    return {
        "id": mark,
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        **members,
    }


def custom(name="note", said="free text", mark="ctc_1", call_id="call_c"):
    return {
        "id": mark,
        "type": "custom_tool_call",
        "call_id": call_id,
        "name": name,
        "input": said,
    }


def event(kind, /, **members):
    """One frame."""
    kind = kind if "." in kind or kind == "error" else f"response.{kind}"
    payload = json.dumps({"type": kind, **members})
    return f"event: {kind}\ndata: {payload}\n\n".encode()


def created(**members):
    return event("created", response=response(status="in_progress", **members))


def added(index, item):
    return event("response.output_item.added", output_index=index, item=item)


def done(index, item):
    return event("response.output_item.done", output_index=index, item=item)


def delta(kind, piece, index=0, **members):
    return event(f"response.{kind}.delta", output_index=index, delta=piece, **members)


def completed(*output, **members):
    return event("completed", response=response(*output, **members))


def decoder(**named):
    return Responses().stream(ChatRequest(body={}), target(**named), created=1)


def chunks(*frames, **named):
    """The chunks of a stream."""
    reader = decoder(**named)
    read = reader.feed(b"".join(frames))
    return read + reader.finish()


def told(*frames, **named):
    """The one choice that a stream adds up to."""
    return fold(chunks(*frames, **named))["choices"][0]


def whole(*output, **members):
    """The one choice of a whole answer."""
    return answer(*output, **members)["choices"][0]


def answer(*output, **members):
    body = json.dumps(response(*output, **members)).encode()
    return Responses().decode(200, {}, body, created=1, target=target())


def failure(*frames, **named):
    """The error that a stream ends with."""
    with pytest.raises(ProxyError) as caught:
        chunks(*frames, **named)
    return caught.value
