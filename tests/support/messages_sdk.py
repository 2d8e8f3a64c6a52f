"""What Anthropic's SDK makes of a Messages stream or message, in the corpus's terms."""

from contextlib import closing

import httpx2
from anthropic import Anthropic

HEAD = {"content-type": "text/event-stream; charset=utf-8"}
HI = [{"role": "user", "content": "Hi"}]
FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


def client(body, status=200, headers=HEAD, seen=None):
    """The SDK, before a server that always gives this answer."""

    def answer(request):
        if seen is not None:
            seen.append(request)
        return httpx2.Response(status, headers=headers, content=body)

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Anthropic(api_key="k", base_url="http://sdk.test", http_client=http, max_retries=1)


def streamed(data):
    """The message that the SDK adds a stream up to, as a dict."""
    with (
        closing(client(data)) as sdk,
        sdk.messages.stream(model="m", max_tokens=9, messages=HI) as stream,
    ):
        return stream.get_final_message().to_dict(warnings=False)


def whole(body):
    """The message that the SDK reads, as a dict."""
    with closing(client(body, headers={"content-type": "application/json"})) as sdk:
        message = sdk.messages.create(model="m", max_tokens=9, messages=HI)
        return message.to_dict(warnings=False)


def seen(message):
    """What a message says: text and refusal are one text here."""
    blocks = message["content"]
    finish = FINISH.get(message["stop_reason"], "stop")
    return {
        "text": "".join(block["text"] for block in blocks if block["type"] == "text"),
        "reasoning": "".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
        "tool_calls": [
            {"name": block["name"], "arguments": block["input"]}
            for block in blocks
            if block["type"] == "tool_use"
        ],
        "finish": finish,
    }


def counts(message):
    """The tokens of a message, in our convention."""
    usage = message["usage"]
    cached = usage.get("cache_read_input_tokens")
    written = usage.get("cache_creation_input_tokens")
    return {
        "prompt": usage["input_tokens"] + (cached or 0) + (written or 0),
        "completion": usage["output_tokens"],
        "cached": cached,
        "cache_write": written,
        "reasoning": (usage.get("output_tokens_details") or {}).get("thinking_tokens"),
    }
