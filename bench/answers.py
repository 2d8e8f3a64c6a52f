"""What the mock provider says: canned answers in five native protocols, written out before anything is measured.

An answer is a list of writes; the mock sends each with one system call (bench/native/mock.c has the file's format). A
streamed one has EVENTS events, and one write for each, as a provider sends them while its model speaks.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from proxy.wire.eventstream import encode_message

EVENTS = 100
CREATED = 1_790_000_000
MODEL = "bench-1"
STAMP = "@" + "0" * 19
"""Where the mock writes when it sent an event."""
WORDS = (
    "The",
    "tide",
    "comes",
    "in",
    "over",
    "the",
    "flat",
    "sand",
    "and",
    "fills",
    "each",
    "print",
)
HEAD = (
    "HTTP/1.1 200 OK\r\n"
    "date: Mon, 21 Sep 2026 13:33:20 GMT\r\n"
    "content-type: {kind}\r\n"
    "connection: keep-alive\r\n"
    "x-request-id: req_0123456789abcdef0123456789abcdef\r\n"
    "openai-processing-ms: 31\r\n"
    "x-ratelimit-limit-requests: 10000\r\n"
    "x-ratelimit-remaining-requests: 9999\r\n"
    "{framing}\r\n\r\n"
)


def write_all(folder: Path, paced_events: int) -> None:
    """Write every answer that the works ask for."""
    folder.mkdir(parents=True, exist_ok=True)
    sse, aws = "text/event-stream; charset=utf-8", "application/vnd.amazon.eventstream"
    answers = {
        "json": whole(),
        "relay": streamed(sse, openai_events(EVENTS)),
        "anthropic": streamed(sse, anthropic_events(EVENTS)),
        "gemini": streamed(sse, gemini_events(EVENTS)),
        "bedrock": streamed(aws, bedrock_events(EVENTS)),
        "paced": paced(sse, paced_events),
    }
    for name, writes in answers.items():
        data = b"".join(struct.pack(">I", len(each)) + each for each in writes)
        (folder / name).write_bytes(data)


def words(count: int) -> list[str]:
    """So many pieces of text, about four letters each, as tokens are."""
    return [f" {WORDS[number % len(WORDS)]}" for number in range(count)]


def whole() -> list[bytes]:
    """A completion of 1 KB, head included in the same write."""
    message = {"role": "assistant", "content": "", "refusal": None, "annotations": []}
    completion = {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": usage(210, 120),
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
    }
    missing = 1024 - len(json.dumps(completion))
    message["content"] = "".join(words(missing))[:missing]
    body = json.dumps(completion).encode()
    head = HEAD.format(kind="application/json", framing=f"content-length: {len(body)}")
    return [head.encode() + body]


def usage(prompt: int, said: int) -> dict[str, Any]:
    """Token counts as OpenAI gives them."""
    return {
        "prompt_tokens": prompt,
        "completion_tokens": said,
        "total_tokens": prompt + said,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def streamed(kind: str, events: Iterable[bytes]) -> list[bytes]:
    """A head, one chunk for each event, and the end of the body together with the last of them."""
    head = HEAD.format(kind=kind, framing="transfer-encoding: chunked").encode()
    chunks = [chunk(event) for event in events]
    chunks[-1] += b"0\r\n\r\n"
    return [head, *chunks]


def chunk(data: bytes) -> bytes:
    """Data as one chunk of HTTP's own framing."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def paced(kind: str, count: int) -> list[bytes]:
    """A stream whose events are sent one by one, each with a stamp; its end goes out with the last of them."""
    head = HEAD.format(kind=kind, framing="transfer-encoding: chunked").encode()
    first = head + chunk(openai_chunk({"role": "assistant", "content": ""}))
    texts = [chunk(openai_chunk({"content": f"{STAMP} word"})) for _ in range(count)]
    texts[-1] += chunk(openai_chunk({}, "stop") + b"data: [DONE]\n\n") + b"0\r\n\r\n"
    return [first, *texts]


def sse(value: Any, name: str = "") -> bytes:
    """One server-sent event."""
    data = json.dumps(value, separators=(",", ":"))
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()


def openai_chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    """One event of a chat stream, as the provider sends it where usage was asked for."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return sse(
        {
            "id": "chatcmpl-0123456789abcdef",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": MODEL,
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
            "choices": [choice],
            "usage": None,
            **more,
        }
    )


def openai_events(count: int) -> Iterator[bytes]:
    """A chat stream, its usage and its end included."""
    yield openai_chunk({"role": "assistant", "content": "", "refusal": None})
    for word in words(count - 4):
        yield openai_chunk({"content": word})
    yield openai_chunk({}, "stop")
    yield openai_chunk({}, choices=[], usage=usage(210, count - 4))
    yield b"data: [DONE]\n\n"


def anthropic_events(count: int) -> Iterator[bytes]:
    """A Messages stream of one text block."""
    spent = {"input_tokens": 210, "output_tokens": 1, "cache_read_input_tokens": 0}
    message = {
        "id": "msg_0123456789abcdef",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": spent,
    }
    block = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    }
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    events = [{"type": "message_start", "message": message}, block, {"type": "ping"}]
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in words(count - 6)
    ]
    events += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": count - 6}},
        {"type": "message_stop"},
    ]
    for event in events:
        yield sse(event, str(event["type"]))


def gemini_events(count: int) -> Iterator[bytes]:
    """A `streamGenerateContent` stream; the end is a field of its last event."""
    for number, word in enumerate(words(count), 1):
        candidate: dict[str, Any] = {
            "content": {"parts": [{"text": word}], "role": "model"},
            "index": 0,
        }
        if number == count:
            candidate["finishReason"] = "STOP"
        counts = {
            "promptTokenCount": 210,
            "candidatesTokenCount": number,
            "totalTokenCount": 210 + number,
        }
        yield sse(
            {
                "candidates": [candidate],
                "usageMetadata": counts,
                "modelVersion": MODEL,
                "responseId": "0123456789abcdef",
            }
        )


def bedrock_events(count: int) -> Iterator[bytes]:
    """A `converse-stream` answer in AWS's binary frames."""
    yield aws("messageStart", {"role": "assistant"})
    for word in words(count - 4):
        yield aws("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": word}})
    yield aws("contentBlockStop", {"contentBlockIndex": 0})
    yield aws("messageStop", {"stopReason": "end_turn"})
    counts = {"inputTokens": 210, "outputTokens": count - 4, "totalTokens": 206 + count}
    yield aws("metadata", {"usage": counts, "metrics": {"latencyMs": 400}})


def aws(name: str, value: Any) -> bytes:
    """One message of an event stream."""
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    body = {**value, "p": "abcdefghijklmnopqrstuvwxyz"[: 4 + len(name) % 20]}
    return encode_message(headers, json.dumps(body, separators=(",", ":")).encode())


def ollama_events(count: int) -> Iterator[bytes]:
    """An `/api/chat` answer: a line for each event."""
    line = {"model": MODEL, "created_at": "2026-09-21T13:33:20.123456Z"}
    for word in words(count - 1):
        yield ndjson({**line, "message": {"role": "assistant", "content": word}, "done": False})
    counts = {"prompt_eval_count": 210, "eval_count": count - 1, "total_duration": 400_000_000}
    message = {"role": "assistant", "content": ""}
    yield ndjson({**line, "message": message, "done": True, "done_reason": "stop", **counts})


def ndjson(value: Any) -> bytes:
    """One line."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def cohere_events(count: int) -> Iterator[bytes]:
    """A `/v2/chat` stream of one text."""
    message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []}
    start = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "message-start", "id": "0123456789abcdef", "delta": {"message": message}},
        {"type": "content-start", "index": 0, "delta": {"message": {"content": start}}},
    ]
    events += [
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": word}}}}
        for word in words(count - 4)
    ]
    counts = {"input_tokens": 210, "output_tokens": count - 4}
    usage = {"billed_units": counts, "tokens": counts}
    events += [
        {"type": "content-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
    ]
    for event in events:
        yield sse(event, event["type"])


def responses_events(count: int) -> Iterator[bytes]:
    """A `/v1/responses` stream of one message."""
    response: dict[str, Any] = {
        "id": "resp_0123456789abcdef",
        "object": "response",
        "created_at": CREATED,
        "status": "in_progress",
        "model": MODEL,
        "output": [],
        "usage": None,
    }
    texts = words(count - 8)
    part = {"type": "output_text", "text": "", "annotations": []}
    item = {"id": "msg_01", "type": "message", "role": "assistant", "content": []}
    full = {**part, "text": "".join(texts)}
    done = {**item, "status": "completed", "content": [full]}
    counts = {"input_tokens": 210, "output_tokens": count - 8, "total_tokens": 202 + count}
    place = {"item_id": "msg_01", "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.content_part.added", **place, "part": part},
        *({"type": "response.output_text.delta", **place, "delta": word} for word in texts),
        {"type": "response.output_text.done", **place, "text": full["text"]},
        {"type": "response.content_part.done", **place, "part": full},
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": [done], "usage": counts},
        },
    ]
    for number, event in enumerate(events):
        yield sse({**event, "sequence_number": number}, event["type"])
