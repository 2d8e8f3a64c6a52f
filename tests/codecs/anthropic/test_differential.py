"""Two official SDKs read the same answer: Anthropic's the native stream, OpenAI's what we make of it. They must agree."""

import json
from contextlib import closing

import httpx2
import pytest
from anthropic import Anthropic as NativeClient

from proxy.codecs.anthropic.structure import JSON_TOOL
from proxy.core.state import unpack
from tests.support import corpus
from tests.support.differential import added_up

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "anthropic" and case.is_stream and not case.expect["error"]
]
FINISH = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "some_new_reason": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}
HEAD = {"content-type": "text/event-stream; charset=utf-8"}
HI = [{"role": "user", "content": "Hi"}]


def http(body):
    answer = httpx2.Response(200, headers=HEAD, content=body)
    return httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))


def native(case):
    """The answer as Anthropic's SDK adds it up, in plain terms."""
    with (
        closing(
            NativeClient(api_key="k", base_url="http://sdk.test", http_client=http(case.raw))
        ) as sdk,
        sdk.messages.stream(model="m", max_tokens=9, messages=HI) as stream,
    ):
        message = stream.get_final_message().to_dict(warnings=False)
    blocks, usage = message["content"], message["usage"]
    calls = [block for block in blocks if block["type"] == "tool_use"]
    answers = [call["input"] for call in calls if call["name"] == JSON_TOOL]
    calls = [call for call in calls if call["name"] != JSON_TOOL]
    details = usage.get("output_tokens_details") or {}
    finish = FINISH[message["stop_reason"]]
    # The SDK drops the list of what was asked on the way; without one the totals are all.
    raw = (case.expect["usage"] or {}).get("raw") or {}
    used = corpus.all_iterations(raw.get("iterations")) or {
        "input": usage["input_tokens"],
        "output": usage["output_tokens"],
        "cached_input": usage.get("cache_read_input_tokens"),
        "cache_write": usage.get("cache_creation_input_tokens"),
    }
    return {
        "id": message["id"],
        "text": "".join(block["text"] for block in blocks if block["type"] == "text"),
        "answers": answers,
        "reasoning": "".join(block["thinking"] for block in blocks if block["type"] == "thinking"),
        "signed": [
            block["signature"] if block["type"] == "thinking" else block["data"]
            for block in blocks
            if block["type"] in {"thinking", "redacted_thinking"}
        ],
        # Anthropic's SDK mends arguments that are cut short; OpenAI's hands them on as they are.
        "calls": [
            (call["id"], call["name"], None if finish == "length" else call["input"])
            for call in calls
        ],
        "cited": [
            citation["url"]
            for block in blocks
            for citation in block.get("citations") or ()
            if citation.get("url")
        ],
        "finish": "stop" if answers else finish,
        "usage": (
            used["input"] + (used["cached_input"] or 0) + (used["cache_write"] or 0),
            used["output"],
            used["cached_input"],
            details.get("thinking_tokens"),
        ),
    }


def ours(case):
    """The answer as OpenAI's SDK adds up what we make of it, in the same terms."""
    completion = added_up(case, wants_thinking_blocks=True)
    [choice] = completion["choices"]
    message, usage = choice["message"], completion["usage"]
    answers = JSON_TOOL.encode() in case.raw
    finish = choice["finish_reason"]
    text = message.get("content") or ""
    return {
        "id": completion["id"],
        "text": "" if answers else text,
        "answers": [json.loads(text)] if answers else [],
        "reasoning": message.get("reasoning_content") or "",
        "signed": [
            block.get("signature") or block["data"] for block in message.get("thinking_blocks", [])
        ],
        "calls": [
            (
                unpack(call["id"]).id,
                call["function"]["name"],
                None if finish == "length" else json.loads(call["function"]["arguments"]),
            )
            for call in message.get("tool_calls") or ()
        ],
        "cited": [note["url_citation"]["url"] for note in message.get("annotations") or ()],
        "finish": finish,
        "usage": (
            usage["prompt_tokens"],
            usage["completion_tokens"],
            (usage.get("prompt_tokens_details") or {}).get("cached_tokens"),
            (usage.get("completion_tokens_details") or {}).get("reasoning_tokens"),
        ),
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_sdks_read_the_same_answer(case):
    assert ours(case) == native(case)
