"""The whole proxy over real sockets, called as its users call it: the OpenAI SDK and curl -N."""

import asyncio
import shutil
import subprocess
from collections import deque

import openai
import pytest
from pydantic import BaseModel

from proxy.config.schema import Alias, Config, Provider, TargetRef
from proxy.core import jsons
from proxy.core.facts import CallEnded, Outcome
from proxy.sim.call import Ending
from proxy.sim.script import BEHAVIOURS
from tests.support.house import house as house
from tests.support.house import running
from tests.support.sdks import client as client
from tests.support.turns import HANGS

HELLO = [{"role": "user", "content": "Hello from the other side"}]
TIDE = {
    "type": "function",
    "function": {
        "name": "tide",
        "parameters": {
            "type": "object",
            "properties": {"port": {"type": "string"}},
            "required": ["port"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


@pytest.mark.parametrize("model", ["chat", "native", "cascade", "mock/echo", "gpt/echo"])
def test_a_stream_reads_as_the_sdk_expects(client, model):
    with client.chat.completions.create(
        model=model, messages=HELLO, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)

    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text.strip() == HELLO[0]["content"]
    assert [c.choices[0].delta.role for c in chunks if c.choices].count("assistant") == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert {(c.id, c.created, c.model) for c in chunks} == {
        (chunks[0].id, chunks[0].created, chunks[0].model)
    }
    assert chunks[-1].usage.total_tokens > 0
    assert chunks[-1].choices == []


@pytest.mark.parametrize("model", ["chat", "native", "cascade"])
def test_a_whole_answer_reads_as_the_sdk_expects(client, model):
    answer = client.chat.completions.create(model=model, messages=HELLO)

    assert answer.choices[0].message.content.strip() == HELLO[0]["content"]
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_who_failed_and_who_served_stands_in_the_headers(house, client):
    _known_to_nobody(house, "headers", "overloaded", "fail-500", "fail-429", "echo")

    raw = client.chat.completions.with_raw_response.create(
        model="claude/headers-overloaded",
        messages=HELLO,
        extra_body={
            "models": ["gpt/headers-fail-500", "gpt/headers-fail-429", "claude/headers-echo"]
        },
    )

    assert raw.headers["x-firstbyte-cascade"].split(", ") == [
        "claude/headers-overloaded=overloaded",
        "gpt/headers-fail-500=server_error",
        "gpt/headers-fail-429=rate_limit",
        "claude/headers-echo=served",
    ]
    assert raw.headers["x-firstbyte-attempts"] == "4"
    assert raw.headers["x-firstbyte-target"] == "claude/headers-echo"
    assert raw.headers["x-request-id"]


def test_a_request_may_bring_its_own_cascade(house, client):
    _known_to_nobody(house, "own", "fail-500")

    raw = client.chat.completions.with_raw_response.create(
        model="gpt/own-fail-500", messages=HELLO, extra_body={"models": ["claude/echo"]}
    )

    assert raw.headers["x-firstbyte-cascade"] == "gpt/own-fail-500=server_error, claude/echo=served"
    assert raw.headers["x-firstbyte-target"] == "claude/echo"


@pytest.mark.parametrize("model", ["chat", "native"])
def test_the_stream_helper_accumulates_it(client, model):
    with client.chat.completions.stream(model=model, messages=HELLO) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()

    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert final.choices[0].message.content.strip() == HELLO[0]["content"]


@pytest.mark.parametrize("model", ["chat", "native"])
@pytest.mark.parametrize("stream", [True, False])
def test_tools_work_over_two_turns(client, model, stream):
    messages = [{"role": "user", "content": "Tide at Cork?"}]
    if stream:
        with client.chat.completions.stream(model=model, messages=messages, tools=[TIDE]) as events:
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(model=model, messages=messages, tools=[TIDE])
    message = answer.choices[0].message
    (call,) = message.tool_calls
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "tide"
    assert "port" in jsons.decode_object(call.function.arguments.encode())

    # What an SDK user does: echo the message and add the result, nothing else.
    echoed = {
        "role": "assistant",
        "content": message.content,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": "tide", "arguments": call.function.arguments},
            }
        ],
    }
    result = {"role": "tool", "tool_call_id": call.id, "content": "high at 14:20"}
    final = client.chat.completions.create(
        model=model, messages=[*messages, echoed, result], tools=[TIDE]
    )

    assert "14:20" in final.choices[0].message.content


def test_reasoning_with_signatures_survives_a_client_that_only_echoes_ids(house, client):
    house.app.simulator.awake.calls.clear()
    messages = [{"role": "user", "content": "Tide at Cork?"}]
    options = {"model": "claude/claude-opus-4-8", "tools": [TIDE], "reasoning_effort": "high"}
    house.do(_as_model, house, "claude-opus-4-8", "echo")
    with client.chat.completions.stream(messages=messages, **options) as events:
        message = events.get_final_completion().choices[0].message
    (call,) = message.tool_calls
    assert message.reasoning_content
    echoed = {
        "role": "assistant",
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": "tide", "arguments": call.function.arguments},
            }
        ],
    }
    result = {"role": "tool", "tool_call_id": call.id, "content": "14:20"}

    with house_recording(house) as calls:
        client.chat.completions.create(messages=[*messages, echoed, result], **options)

    (body,) = [recorded.body for recorded in calls]
    blocks = body["messages"][1]["content"]
    assert [block["type"] for block in blocks] == ["thinking", "tool_use"]
    assert blocks[0]["signature"]
    assert body["messages"][2]["content"][0]["tool_use_id"] == blocks[1]["id"]


class Tide(BaseModel):
    port: str
    height: int


@pytest.mark.parametrize("model", ["chat", "native"])
def test_structured_output_parses(client, model):
    answer = client.chat.completions.parse(model=model, messages=HELLO, response_format=Tide)

    assert isinstance(answer.choices[0].message.parsed, Tide)


async def test_the_async_client_streams_too(house):
    async with openai.AsyncOpenAI(base_url=house.base_url, api_key="unused") as client:
        stream = await client.chat.completions.create(model="cascade", messages=HELLO, stream=True)
        text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

    assert text.strip() == HELLO[0]["content"]


def test_when_all_fail_the_sdk_raises_with_the_attempts(house, client):
    _known_to_nobody(house, "dead", "fail-500", "overloaded")

    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(
            model="gpt/dead-fail-500",
            messages=HELLO,
            stream=True,
            extra_body={"models": ["claude/dead-overloaded"]},
        )

    assert caught.value.status_code == 502
    assert [(a["target"], a["code"]) for a in caught.value.body["attempts"]] == [
        ("gpt/dead-fail-500", "server_error"),
        ("claude/dead-overloaded", "overloaded"),
    ]


@pytest.mark.parametrize("model", ["cut", "cut-native"])
def test_a_cut_stream_raises_in_the_sdk_and_is_not_tried_again(client, model):
    chunks = iter(client.chat.completions.create(model=model, messages=HELLO, stream=True))
    words = [next(chunks).choices[0].delta.content or "" for _ in range(3)]

    with pytest.raises(openai.APIError) as caught:
        list(chunks)

    assert caught.value.code in ("upstream_truncated", "upstream_reset")
    assert "".join(words)


def test_an_unknown_model_is_a_404_with_the_nearest_names(client):
    with pytest.raises(openai.NotFoundError, match="'chat'") as caught:
        client.chat.completions.create(model="chatt", messages=HELLO)

    assert caught.value.code == "model_not_found"


def test_a_bad_request_is_a_400_that_names_the_field(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="chat", messages=[])

    assert caught.value.param == "messages"


def test_the_models_are_listed(client):
    names = [model.id for model in client.models.list()]

    assert names[:2] == ["chat", "native"]
    assert "mock/echo" in names
    assert client.models.retrieve("mock/echo").id == "mock/echo"


@pytest.mark.parametrize("model", ["long", "long-native"])
def test_a_caller_who_leaves_mid_stream_closes_the_upstream_within_half_a_second(
    house, client, model
):
    with house_recording(house) as calls:
        stream = client.chat.completions.create(model=model, messages=HELLO, stream=True)
        next(iter(stream))
        stream.close()
        house.eventually(lambda: calls[-1].ending is not None, 0.5)

    assert calls[-1].ending is Ending.LEFT
    assert len(calls) == 1
    house.eventually(lambda: _last(house).outcome is Outcome.CANCELLED)


@pytest.mark.parametrize("stream", [True, False])
def test_a_caller_who_leaves_before_the_first_byte_starts_no_further_attempt(house, stream):
    with house_recording(house) as calls:
        body = {"model": "silent", "messages": HELLO, "stream": stream}
        call = subprocess.Popen(curl(house, body))
        house.eventually(lambda: len(calls) == 1, 30.0)
        call.kill()
        call.wait()
        house.eventually(lambda: calls[-1].ending is not None, 0.5)

    assert calls[-1].ending is Ending.LEFT
    assert len(calls) == 1


def test_a_hundred_calls_at_once_are_all_served(house):
    async def one(client, number):
        stream = await client.chat.completions.create(
            model="cascade",
            messages=[{"role": "user", "content": f"call {number}"}],
            stream=True,
        )
        return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

    async def all_of_them():
        async with openai.AsyncOpenAI(
            base_url=house.base_url, api_key="unused", max_retries=0
        ) as client:
            return await asyncio.gather(*(one(client, n) for n in range(100)))

    texts = asyncio.run(all_of_them())

    assert [text.strip() for text in texts] == [f"call {n}" for n in range(100)]


def curl(house, body, *options):
    return [
        shutil.which("curl") or "curl",
        "-sN",
        *options,
        f"{house.base_url}/chat/completions",
        "-H",
        "content-type: application/json",
        "-d",
        jsons.encode(body).decode(),
    ]


def test_curl_sees_plain_server_sent_events(house):
    body = {"model": "cascade", "messages": HELLO, "stream": True}

    out = subprocess.run(
        curl(house, body, "-i"), capture_output=True, text=True, timeout=HANGS, check=True
    ).stdout

    head, _, events = out.partition("\n\n")
    assert "200 OK" in head
    assert "content-type: text/event-stream; charset=utf-8" in head
    assert "x-firstbyte-target: claude/echo" in head
    frames = events.strip().split("\n\n")
    assert all(frame.startswith("data: {") for frame in frames[:-1])
    assert frames[-1] == "data: [DONE]"


def test_curl_sees_a_cut_stream_end_without_done(house):
    body = {"model": "cut", "messages": HELLO, "stream": True}

    out = subprocess.run(
        curl(house, body), capture_output=True, text=True, timeout=HANGS, check=True
    ).stdout

    assert '"error"' in out.strip().split("\n\n")[-1]
    assert "[DONE]" not in out


class house_recording:  # noqa: N801 (reads as a phrase)
    """Remember what the simulated providers are asked from here on."""

    def __init__(self, house):
        self._simulator = house.app.simulator.awake

    def __enter__(self):
        self._before = self._simulator.calls
        self._simulator.calls = deque(maxlen=100)
        return self._simulator.calls

    def __exit__(self, *_):
        self._simulator.calls = self._before


def _as_model(house, name, behaviour):
    house.app.simulator.awake.add(name, BEHAVIOURS[behaviour])


def _known_to_nobody(house, test, *behaviours):
    """Simulated models `TEST-BEHAVIOUR`: what the proxy remembers of others' failures says nothing of these."""
    for behaviour in behaviours:
        house.do(_as_model, house, f"{test}-{behaviour}", behaviour)


def _last(house):
    return [fact for fact in house.facts if isinstance(fact, CallEnded)][-1]


def test_two_proxies_that_are_each_others_provider_see_the_loop_when_it_closes():
    def pointing(at):
        return Config(
            providers={"next": Provider("next", "", "openai", at)},
            models={"round": Alias("round", (TargetRef("next", "round"),))},
        )

    with running() as first, running() as second:
        first.do(first.app.adopt, pointing(second.base_url))
        second.do(second.app.adopt, pointing(first.base_url))
        with (
            openai.OpenAI(base_url=first.base_url, api_key="k", max_retries=0) as client,
            pytest.raises(openai.APIStatusError) as caught,
        ):
            client.chat.completions.create(model="round", messages=HELLO)
        calls = [fact for fact in (*first.facts, *second.facts) if isinstance(fact, CallEnded)]

    # Each has sent it on once; the first then refuses what it knows.
    assert "its own upstream" in caught.value.message
    assert sorted(call.outcome for call in calls) == ["failed", "failed", "refused"]
