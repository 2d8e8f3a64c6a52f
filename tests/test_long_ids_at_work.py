"""State that is too long for an id: from Gemini and Anthropic to callers of every surface, and back to its maker."""

import asyncio
import random
from contextlib import asynccontextmanager

import httpx
import openai
import pytest

from proxy.app import App
from proxy.config.schema import Alias, Config, Provider, Server, TargetRef
from proxy.core import jsons
from proxy.core.state import MAX_ID
from tests.support.rawserver import RawServer
from tests.support.turns import HANGS

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
SIGNATURE = "".join(random.Random(5).choices(LETTERS, k=12_000))
TOOL = {"name": "tide", "parameters": {"type": "object", "properties": {}}}
OWN = {"authorization": "Bearer k"}
"""Who calls: callers without a team are told apart by their own keys."""
ASKED = "When is high tide?"


def http(body, kind):
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def gemini(stream):
    call = {"functionCall": {"name": "tide", "args": {}}, "thoughtSignature": SIGNATURE}
    answer = jsons.encode(
        {
            "candidates": [
                {"content": {"role": "model", "parts": [call]}, "finishReason": "STOP", "index": 0}
            ],
            "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2},
            "modelVersion": "gemini-3-pro",
            "responseId": "r1",
        }
    )
    return http(b"data: " + answer + b"\n\n", "text/event-stream") if stream else http(answer, JSON)


JSON = "application/json"
THINKING = {"type": "thinking", "thinking": "The moon.", "signature": SIGNATURE}
USE = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5"}
USAGE = {"input_tokens": 3, "output_tokens": 2}


def claude(stream):
    if not stream:
        whole = {"content": [THINKING, USE], "stop_reason": "tool_use", "usage": USAGE}
        return http(jsons.encode({**MESSAGE, **whole}), JSON)
    blank = {"type": "thinking", "thinking": "", "signature": ""}
    events = [
        {"type": "message_start", "message": {**MESSAGE, "content": [], "usage": USAGE}},
        {"type": "content_block_start", "index": 0, "content_block": blank},
        _delta(0, {"type": "thinking_delta", "thinking": "The moon."}),
        _delta(0, {"type": "signature_delta", "signature": SIGNATURE}),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": USE},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": USAGE},
        {"type": "message_stop"},
    ]
    frames = [b"event: %b\ndata: %b\n\n" % (e["type"].encode(), jsons.encode(e)) for e in events]
    return http(b"".join(frames), "text/event-stream")


def _delta(index, delta):
    return {"type": "content_block_delta", "index": index, "delta": delta}


MAKERS = {
    "gemini": (gemini, "gemini-3-pro", "/v1beta"),
    "anthropic": (claude, "claude-sonnet-5-5", ""),
}


async def _twice(peer, answer):
    for _ in range(2):
        await peer.read_request()
        await peer.write(answer)


class House:
    """A proxy before one provider that calls a tool, with a signature that no id holds."""

    def __init__(self, app, base_url, provider):
        self.app = app
        self.base_url = base_url
        self.provider = provider

    async def post(self, path, body):
        async with httpx.AsyncClient(headers=OWN, timeout=HANGS) as client:
            answer = await client.post(f"{self.base_url}{path}", json={"model": "x", **body})
        assert answer.status_code == 200, answer.text
        return answer

    @property
    def last_asked(self):
        return self.provider.requests[-1][1].decode()


@asynccontextmanager
async def housed(protocol, stream):
    answer, model, path = MAKERS[protocol]

    async def step(peer):
        await _twice(peer, answer(stream))

    async with RawServer([step]) as provider:
        app = App(Config(server=Server(port=0, ops_host="")), observers=[])
        host, port = app.server.bind()
        await app.start()
        base_url = f"http://127.0.0.1:{provider.port}{path}"
        named = Provider("p", "", protocol, base_url)
        alias = Alias("x", (TargetRef("p", model),))
        app.adopt(Config(providers={"p": named}, models={"x": alias}))
        serving = asyncio.ensure_future(app.server.serve())
        try:
            yield House(app, f"http://{host}:{port}/v1", provider)
        finally:
            app.server.drain()
            await serving
            await app.aclose()


both_ways = pytest.mark.parametrize("stream", [False, True])
both_makers = pytest.mark.parametrize("protocol", list(MAKERS))


def check(id_, bare=""):
    assert len(id_) < MAX_ID
    assert "--fb2-" in id_
    assert id_.startswith(bare)


@both_ways
@both_makers
async def test_chat_with_the_sdk_that_only_echoes_ids(protocol, stream):
    async with housed(protocol, stream) as house:
        client = openai.AsyncOpenAI(base_url=house.base_url, api_key="k", max_retries=0)
        messages = [{"role": "user", "content": ASKED}]
        tools = [{"type": "function", "function": TOOL}]
        if stream:
            async with client.chat.completions.stream(
                model="x", messages=messages, tools=tools
            ) as events:
                answer = await events.get_final_completion()
        else:
            answer = await client.chat.completions.create(model="x", messages=messages, tools=tools)
        (call,) = answer.choices[0].message.tool_calls
        echo = {"id": call.id, "type": "function"}
        echo["function"] = {"name": call.function.name, "arguments": call.function.arguments}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [echo]},
            {"role": "tool", "tool_call_id": call.id, "content": "at six"},
        ]
        await house.post(
            "/chat/completions", {"messages": messages, "tools": tools, "stream": stream}
        )
        await client.close()

    check(call.id)
    assert SIGNATURE in house.last_asked
    assert "--fb" not in house.last_asked


@both_ways
async def test_messages_of_another_maker(stream):
    tools = [{"name": "tide", "input_schema": TOOL["parameters"]}]
    asked = {"max_tokens": 100, "tools": tools, "stream": stream}
    async with housed("gemini", stream) as house:
        messages = [{"role": "user", "content": ASKED}]
        answer = await house.post("/messages", {**asked, "messages": messages})
        use = _use_of(answer, stream)
        messages += [
            {"role": "assistant", "content": [{**use, "input": {}}]},
            {"role": "user", "content": [_result(use["id"])]},
        ]
        await house.post("/messages", {**asked, "messages": messages})

    check(use["id"])
    assert SIGNATURE in house.last_asked
    assert "--fb" not in house.last_asked


def _result(mark):
    return {"type": "tool_result", "tool_use_id": mark, "content": "at six"}


def _use_of(answer, stream):
    if not stream:
        (use,) = (each for each in answer.json()["content"] if each["type"] == "tool_use")
        return use
    starts = (event for event in _events(answer) if event["type"] == "content_block_start")
    (use,) = (e["content_block"] for e in starts if e["content_block"]["type"] == "tool_use")
    return use


def _events(answer):
    for line in answer.text.splitlines():
        if line.startswith("data: {"):
            yield jsons.decode(line.removeprefix("data: ").encode())


@both_ways
@both_makers
@pytest.mark.parametrize("goes_on", [False, True])
async def test_responses(protocol, stream, goes_on):
    tools = [{"type": "function", **TOOL}]
    asked = {"tools": tools, "stream": stream}
    async with housed(protocol, stream) as house:
        answer = await house.post("/responses", {**asked, "input": ASKED})
        said = list(_events(answer))[-1]["response"] if stream else answer.json()
        (call,) = (each for each in said["output"] if each["type"] == "function_call")
        result = {"type": "function_call_output", "call_id": call["call_id"], "output": "at six"}
        if goes_on:
            more = {"previous_response_id": said["id"], "input": [result]}
        else:
            more = {"input": [{"role": "user", "content": ASKED}, call, result]}
        kept = await _kept(house, said["id"])
        await house.post("/responses", {**asked, **more})

    check(call["call_id"])
    assert {each["call_id"] for each in kept["output"] if "call_id" in each} == {call["call_id"]}
    assert SIGNATURE in house.last_asked
    assert "--fb" not in house.last_asked


async def _kept(house, mark):
    async with httpx.AsyncClient(headers=OWN, timeout=HANGS) as client:
        return (await client.get(f"{house.base_url}/responses/{mark}")).json()


async def test_when_the_note_is_gone_the_bare_id_is_left():
    async with housed("anthropic", stream=False) as house:
        messages = [{"role": "user", "content": ASKED}]
        call = {"id": f"toolu_9--fb2-{'A' * 22}", "type": "function"}
        call["function"] = {"name": "tide", "arguments": "{}"}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": call["id"], "content": "at six"},
        ]
        tools = [{"type": "function", "function": TOOL}]
        await house.post("/chat/completions", {"messages": messages, "tools": tools})

    assert '"toolu_9"' in house.last_asked
    assert "--fb" not in house.last_asked
