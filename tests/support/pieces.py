"""Streamed answers of a provider, in the pieces in which it writes them."""

import json

END = b"0\r\n\r\n"
"""Of a chunked body."""
DONE = b"data: [DONE]\n\n"


def event(delta=None, finish=None, **members):
    """One event of a chat stream; without a delta it has no choices."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    said = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1795180000,
        "model": "sim-1",
        "choices": [] if delta is None else [choice],
        **members,
    }
    return b"data: " + json.dumps(said).encode() + b"\n\n"


def failure(message="it broke", code="server_error"):
    """An event that says that the answer failed."""
    return b"data: " + json.dumps({"error": {"message": message, "code": code}}).encode() + b"\n\n"


ROLE = event({"role": "assistant", "content": ""})
HELLO = event({"content": "hello"})
WORLD = event({"content": " world"})
STOP = event({}, "stop")
COUNTS = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
USAGE = event(usage=COUNTS)
EVENTS = (ROLE, HELLO, WORLD, STOP, USAGE, DONE)


def head(*headers, kind="text/event-stream", status=200, chunked=True):
    """The head of a streamed answer."""
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {kind}", *headers]
    if chunked:
        lines.append("transfer-encoding: chunked")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def chunk(*events):
    """Events as one chunk of a body."""
    data = b"".join(events)
    return b"%x\r\n%b\r\n" % (len(data), data)


def streamed(*events, **how):
    """A whole streamed answer in one piece."""
    return head(**how) + chunk(*(events or EVENTS)) + END


def piecewise(*events, **how):
    """A streamed answer whose head and first event come together, and every other event by itself."""
    first, *rest = events or EVENTS
    *rest, last = map(chunk, rest)
    return [head(**how) + chunk(first), *rest, last + END]
