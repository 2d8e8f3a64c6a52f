import json
from dataclasses import replace

from proxy.codecs.codec import Codec, Signed
from proxy.codecs.responses.codec import Responses
from proxy.codecs.responses.stream import ResponseStream
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.replies import HI, function, message, reasoning, response, target, tool


def test_the_codec_keeps_the_contract():
    codec: Codec = Responses()

    assert codec.name == "responses"
    assert isinstance(codec.stream(ChatRequest(body={}), target(), created=1), ResponseStream)
    assert codec.fault(429, {}, b"").kind is Kind.RATE_LIMIT


def test_a_conversation_keeps_its_reasoning_though_the_client_only_echoes_ids():
    codec, to = Responses(), target("gpt-5.4")
    body = json.dumps(response(reasoning("Hm."), tool(arguments='{"port":"Cork"}'))).encode()
    said = codec.decode(200, {}, body, created=1, target=to)["choices"][0]["message"]
    [call] = said["tool_calls"]
    history = [
        *HI,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "14:20"},
    ]
    request = ChatRequest(body={"messages": history, "tools": [function("tide")]})
    sent = json.loads(codec.encode(request, to).body)["input"]

    assert sent[1:] == [
        {"type": "reasoning", "id": "rs_1", "encrypted_content": "opaque", "summary": []},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "tide",
            "arguments": '{"port":"Cork"}',
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "14:20"},
    ]

    elsewhere = json.loads(codec.encode(request, target("o3")).body)["input"]
    assert [item.get("type") for item in elsewhere] == [
        None,
        "function_call",
        "function_call_output",
    ]


def test_a_client_that_keeps_extensions_keeps_the_reasoning_of_plain_answers():
    codec, to = Responses(), target("gpt-5.4")
    body = json.dumps(response(reasoning(), message("14:20."))).encode()
    said = codec.decode(200, {}, body, created=1, target=to)["choices"][0]["message"]
    sent = json.loads(codec.encode(ChatRequest(body={"messages": [*HI, said]}), to).body)["input"]

    assert [item.get("type") or item["role"] for item in sent] == ["user", "reasoning", "assistant"]


def test_encrypted_reasoning_that_is_refused_is_left_out():
    refused = ProxyError(Kind.INVALID_REQUEST, "No.", status=400, code="invalid_encrypted_content")
    other = ProxyError(Kind.INVALID_REQUEST, "No.", status=400)
    said = {"role": "assistant", "content": "Hi"}
    request = ChatRequest(body={"messages": [*HI, {**said, "thinking_blocks": [{}]}]})
    codec = Responses()
    bare = codec.unsigned(refused, request)

    assert isinstance(codec, Signed)
    assert bare.body == {"messages": [*HI, said]}
    assert codec.unsigned(other, request) is None
    assert codec.unsigned(refused, bare) is None
    assert codec.unsigned(refused, replace(request, dialect="responses", raw=b"{}")) is None
