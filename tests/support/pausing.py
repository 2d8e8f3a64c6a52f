"""Turns of an answer of Anthropic's that pauses, streamed and whole: a search before a pause, the text after it."""

from proxy.core import jsons
from proxy.core.shape import ChatRequest, Target

SEARCHES = {"web_search_options": {}}
ASKED = [{"role": "user", "content": "High water at Cork?"}]
CLAUDE = Target("p", "claude-x", "anthropic", "http://a")
THOUGHT = {"type": "thinking", "thinking": "Look it up.", "signature": "c2ln"}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "Cork"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"url": "u"}]}
CITED = {"type": "web_search_result_location", "url": "https://tides.example", "title": "Tides"}
FIRST = {"type": "text", "text": "Looking. ", "citations": [CITED]}
SECOND = {"type": "text", "text": "At 14:20.", "citations": [CITED]}


def asks(stream=True, **fields):
    body = {"model": "m", "messages": ASKED, **SEARCHES, **fields}
    return ChatRequest(body=body, raw=b"", model="m", stream=stream)


def whole(*blocks, stop="pause_turn", mark="1"):
    """A whole answer."""
    return jsons.encode(
        {
            "id": f"msg_{mark}",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": list(blocks),
            "stop_reason": stop,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }
    )


def streamed(*blocks, stop="pause_turn", mark="1"):
    """The same as a stream, each text in two pieces."""
    message = {"id": f"msg_{mark}", "model": "claude-x", "content": []}
    usage = {"input_tokens": 10, "output_tokens": 1}
    events = [{"type": "message_start", "message": {**message, "usage": usage}}]
    for index, block in enumerate(blocks):
        opened, deltas = _split(block)
        events.append({"type": "content_block_start", "index": index, "content_block": opened})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        events.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": stop, "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}})
    events.append({"type": "message_stop"})
    return b"".join(_event(event) for event in events)


def _split(block):
    """A block as it is opened, and what is added to it."""
    kind = block["type"]
    if kind == "text":
        cited = [
            {"type": "citations_delta", "citation": each} for each in block.get("citations", ())
        ]
        return {"type": "text", "text": ""}, [*cited, *_pieces("text", block["text"])]
    if kind == "thinking":
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [
            *_pieces("thinking", block["thinking"]),
            signed,
        ]
    if kind.endswith("tool_use"):
        said = jsons.encode(block["input"]).decode()
        pieces = [said[:4], said[4:]]
        return {**block, "input": {}}, [
            {"type": "input_json_delta", "partial_json": piece} for piece in pieces
        ]
    return block, []


def _pieces(member, text):
    return [{"type": f"{member}_delta", member: piece} for piece in (text[:3], text[3:])]


def _event(event):
    return b"event: %s\ndata: %s\n\n" % (event["type"].encode(), jsons.encode(event))
