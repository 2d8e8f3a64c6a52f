"""The output items of a recorded response, to say where one text ends and the next begins.

The corpus runs the texts of an answer's messages together, and those of its reasoning; we set them apart by a blank
line, because they are read one after the other.
"""

import json

APART = "\n\n"


def apart(case, expected):
    """What a case of the Responses API expects, with its texts set apart and its raw reasoning beside the summaries."""
    items = _output(case.raw, case.is_stream)
    messages = [_join(item["content"], "text") for item in items if item["type"] == "message"]
    thoughts = [
        part["text"]
        for item in items
        if item["type"] == "reasoning"
        for part in item.get("content") or item.get("summary") or ()
    ]
    reasoning = expected["reasoning"] or case.expect.get("reasoning_text") or ""
    return {
        **expected,
        "text": _set_apart(messages, expected["text"]),
        "reasoning": _set_apart(thoughts, reasoning),
    }


def cache_write(usage):
    """Tokens written to a cache, which the corpus notes only among the provider's own numbers."""
    details = (usage.get("raw") or {}).get("input_tokens_details") or {}
    return details.get("cache_write_tokens")


def _set_apart(texts, together):
    assert "".join(texts) == together, "the corpus has another text than the response"
    return APART.join(filter(None, texts))


def _join(parts, name):
    return "".join(part.get(name) or "" for part in parts)


def _output(raw, is_stream):
    if not is_stream:
        return json.loads(raw)["output"]
    lines = (line[5:].strip() for line in raw.splitlines() if line.startswith(b"data:"))
    events = [json.loads(line) for line in lines if line.startswith(b"{")]
    ends = ("response.completed", "response.incomplete")
    return next(event["response"]["output"] for event in events if event["type"] in ends)
