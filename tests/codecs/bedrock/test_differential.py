"""Two official SDKs read the same answer: AWS's the native bytes, OpenAI's our chunks; they must agree."""

import json

import botocore.parsers
import pytest
from botocore.eventstream import EventStreamBuffer
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.support import corpus
from tests.support.converse import SERVICE

FINISHES = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "content_filter",
}
CASES = [
    case
    for case in corpus.own() + corpus.recorded()
    if case.codec == "bedrock" and not case.expect["error"]
]


def over(stream):
    cases = [case for case in CASES if case.is_stream is stream]
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def blocks_of_stream(raw):
    """The content blocks, the stop reason and the usage, gathered from botocore's own parsing of each message."""
    shape = SERVICE.shape_for("ConverseStreamOutput")
    parser = botocore.parsers.EventStreamJSONParser()
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    blocks, reason, usage = {}, None, {}
    for message in buffer:
        event = parser.parse(message.to_response_dict(), shape)
        if "contentBlockStart" in event:
            body = event["contentBlockStart"]
            blocks.setdefault(body["contentBlockIndex"], []).append(body.get("start") or {})
        if "contentBlockDelta" in event:
            body = event["contentBlockDelta"]
            blocks.setdefault(body["contentBlockIndex"], []).append(body.get("delta") or {})
        reason = event.get("messageStop", {}).get("stopReason", reason)
        usage = event.get("metadata", {}).get("usage", usage)
    return list(blocks.values()), reason, usage


def native_stream(raw):
    blocks, reason, usage = blocks_of_stream(raw)
    text = "".join(piece.get("text", "") for block in blocks for piece in block)
    thoughts = [p["reasoningContent"] for block in blocks for p in block if "reasoningContent" in p]
    reasoning = "".join(piece.get("text", "") for piece in thoughts)
    signatures = [piece["signature"] for piece in thoughts if "signature" in piece]
    calls = []
    for block in blocks:
        opened = block[0].get("toolUse", {})
        if "name" in opened and opened.get("type") != "server_tool_use":
            pieces = [piece["toolUse"]["input"] for piece in block[1:]]
            calls.append((opened["name"], "".join(pieces) or "{}"))
    return text, reasoning, signatures, calls, reason, usage


def native_whole(raw):
    parser = botocore.parsers.RestJSONParser()
    response = {"body": raw, "headers": {}, "status_code": 200}
    parsed = parser.parse(response, SERVICE.operation_model("Converse").output_shape)
    blocks = parsed["output"]["message"]["content"]
    text, reasoning, signatures, calls = "", "", [], []
    for block in blocks:
        text += block.get("text", "")
        text += "".join(p["text"] for p in block.get("citationsContent", {}).get("content", ()))
        thought = block.get("reasoningContent", {}).get("reasoningText", {})
        reasoning += thought.get("text", "")
        signatures += [thought["signature"]] if "signature" in thought else []
        use = block.get("toolUse")
        if use and use.get("type") != "server_tool_use":
            calls.append((use["name"], json.dumps(use["input"])))
    return text, reasoning, signatures, calls, parsed["stopReason"], parsed["usage"]


def ours(completion):
    message = completion.choices[0].message
    blocks = getattr(message, "thinking_blocks", None) or []
    signatures = [block["signature"] for block in blocks if "signature" in block]
    calls = [(call.function.name, call.function.arguments) for call in message.tool_calls or []]
    reasoning = getattr(message, "reasoning_content", None) or ""
    return message.content or "", reasoning, signatures, calls


def agree(native, completion):
    text, reasoning, signatures, calls, reason, usage = native
    said, thought, signed, called = ours(completion)
    if any(name == "firstbyte_json_answer" for name, _ in calls):
        text, calls = calls[0][1], []
        said, text = json.loads(said), json.loads(text)
    finish = FINISHES.get(reason, "tool_calls" if calls else "stop")

    assert said == text
    assert thought == reasoning
    assert signed == signatures
    assert [name for name, _ in called] == [name for name, _ in calls]
    for (_, mine), (_, theirs) in zip(called, calls, strict=True):
        assert mine == theirs or json.loads(mine) == json.loads(theirs)
    assert completion.choices[0].finish_reason == finish
    if usage:
        cache = usage.get("cacheReadInputTokens", 0) + usage.get("cacheWriteInputTokens", 0)
        assert completion.usage.prompt_tokens == usage["inputTokens"] + cache
        assert completion.usage.completion_tokens == usage["outputTokens"]


@over(stream=True)
def test_a_stream_says_the_same_to_both_sdks(case):
    decoder = case.decoder()
    state = ChatCompletionStreamState()
    for chunk in decoder.feed(case.raw) + decoder.finish():
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))

    agree(native_stream(case.raw), state.current_completion_snapshot)


@over(stream=False)
def test_a_whole_answer_says_the_same_to_both_sdks(case):
    codec = corpus.CODECS[case.codec]
    completion = codec.decode(200, case.meta["response_headers"], case.raw, created=1)

    agree(native_whole(case.raw), ChatCompletion.model_validate(completion))
