"""One SDK reads the same answer twice: the native stream, and what we make of it as a chat stream. It must agree."""

import json
from contextlib import closing

import httpx2
import pytest
from openai import OpenAI as Client

from proxy.core.state import unpack
from tests.support import corpus
from tests.support.differential import added_up

CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "responses" and case.is_stream and not case.expect["error"]
]
FINISH = {
    None: "stop",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "steered": "length",
}
ENDS = {"response.completed", "response.incomplete"}
HEAD = {"content-type": "text/event-stream; charset=utf-8"}
HI = [{"role": "user", "content": "Hi"}]


def client(body):
    answer = httpx2.Response(200, headers=HEAD, content=body)
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    return closing(Client(api_key="k", base_url="http://sdk.test", http_client=http))


def apart(texts):
    """Several texts in one."""
    return "\n\n".join(text for text in texts if text)


def native(case):
    """The answer as the SDK reads its terminal event, in plain terms."""
    with (
        client(case.raw) as sdk,
        sdk.responses.create(model="m", input="Hi", stream=True) as stream,
    ):
        [last] = [event.response for event in stream if event.type in ENDS]
    response = last.to_dict(warnings=False)
    items, usage = response["output"], response["usage"]
    messages = [item["content"] for item in items if item["type"] == "message"]
    thoughts = [item for item in items if item["type"] == "reasoning"]
    calls = [item for item in items if item["type"] in {"function_call", "custom_tool_call"}]
    finish = FINISH[(response.get("incomplete_details") or {}).get("reason")]
    return {
        "text": apart("".join(part.get("text", "") for part in parts) for parts in messages),
        "refusal": "".join(part.get("refusal", "") for parts in messages for part in parts),
        "reasoning": apart(
            part["text"]
            for item in thoughts
            for part in item.get("content") or item.get("summary") or ()
        ),
        # The terminal event has them encrypted anew, and some gateways rename them.
        "encrypted": sum(bool(item.get("encrypted_content")) for item in thoughts),
        "calls": [
            (
                call["call_id"],
                call["name"],
                call["input"] if "input" in call else arguments(call["arguments"]),
            )
            for call in calls
        ],
        "cited": [
            note[name]
            for parts in messages
            for part in parts
            for note in part.get("annotations") or ()
            for name in ("url", "file_id")
            if name in note
        ],
        "finish": "tool_calls" if calls and finish == "stop" else finish,
        "usage": usage
        and (
            usage["input_tokens"],
            usage["output_tokens"],
            usage["input_tokens_details"]["cached_tokens"],
            usage["output_tokens_details"]["reasoning_tokens"],
        ),
    }


def ours(case):
    """The answer as the SDK adds up what we make of it, in the same terms."""
    completion = added_up(case, wants_thinking_blocks=True)
    [choice] = completion["choices"]
    message, usage = choice["message"], completion.get("usage")
    notes = [note[note["type"]] for note in message.get("annotations") or ()]
    return {
        "text": message.get("content") or "",
        "refusal": message.get("refusal") or "",
        "reasoning": message.get("reasoning_content") or "",
        "encrypted": len(message.get("thinking_blocks", ())),
        "calls": [called(call) for call in message.get("tool_calls") or ()],
        "cited": [note.get("url") or note["file_id"] for note in notes],
        "finish": choice["finish_reason"],
        "usage": usage
        and (
            usage["prompt_tokens"],
            usage["completion_tokens"],
            usage["prompt_tokens_details"]["cached_tokens"],
            usage["completion_tokens_details"]["reasoning_tokens"],
        ),
    }


def arguments(said):
    """The arguments of a call; as they are where they were cut."""
    try:
        return json.loads(said or "{}")
    except ValueError:
        return said


def called(call):
    mark = unpack(call["id"]).id
    if call["type"] == "custom":
        return mark, call["custom"]["name"], call["custom"]["input"]
    return mark, call["function"]["name"], arguments(call["function"]["arguments"])


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_both_readings_are_the_same_answer(case):
    assert ours(case) == native(case)
