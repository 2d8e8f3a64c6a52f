import asyncio
import contextlib
import json

import anthropic
import openai
import pydantic
import pytest
import uvloop

from proxy.sim.call import Ending
from proxy.sim.script import BEHAVIOURS, Behaviour, Fault, Mode, Source
from proxy.sim.server import Simulator
from tests.support.instant import InstantClock
from tests.support.rawclient import post, request
from tests.support.simulated import CHAT, ask, chat, connect, content, messages
from tests.support.turns import eventually

BOTH = pytest.mark.parametrize("call", [chat, messages])
HELLO = [{"role": "user", "content": "one two three"}]
SCHEMA = {
    "type": "object",
    "properties": {"port": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["port", "days"],
}


def simulator(**behaviours):
    return Simulator({**BEHAVIOURS, **behaviours}, clock=InstantClock(), keep_calls=100)


@contextlib.asynccontextmanager
async def clients(sim):
    """The official SDKs, without retries of their own."""
    async with (
        openai.AsyncOpenAI(base_url=f"{sim.base_url}/v1", api_key="any", max_retries=0) as chat_sdk,
        anthropic.AsyncAnthropic(base_url=sim.base_url, api_key="any", max_retries=0) as own_sdk,
    ):
        yield chat_sdk, own_sdk


async def test_the_openai_sdk_reads_a_whole_answer():
    async with simulator() as sim, clients(sim) as (sdk, _):
        answer = await sdk.chat.completions.create(model="echo", messages=HELLO)

    assert answer.choices[0].message.content == "one two three"
    assert (answer.choices[0].finish_reason, answer.usage.total_tokens) == ("stop", 6)


async def test_the_openai_sdk_adds_a_stream_up():
    async with simulator() as sim, clients(sim) as (sdk, _):
        async with sdk.chat.completions.stream(
            model="echo",
            messages=HELLO,
            reasoning_effort="low",
            stream_options={"include_usage": True},
        ) as stream:
            kinds = {event.type async for event in stream}
            answer = await stream.get_final_completion()
        whole = await sdk.chat.completions.create(
            model="echo", messages=HELLO, reasoning_effort="low"
        )

    assert {"chunk", "content.delta", "content.done"} <= kinds
    assert answer.choices[0].message.content == "one two three"
    assert answer.choices[0].message.reasoning_content == whole.choices[0].message.reasoning_content
    assert answer.usage == whole.usage


async def test_the_openai_sdk_adds_tool_calls_up():
    names = ["tide", "wind"]
    tools = [
        {"type": "function", "function": {"name": each, "parameters": SCHEMA}} for each in names
    ]
    async with simulator(both=Behaviour(tool_calls=2)) as sim, clients(sim) as (sdk, _):
        async with sdk.chat.completions.stream(model="both", messages=HELLO, tools=tools) as stream:
            done = [e async for e in stream if e.type == "tool_calls.function.arguments.done"]
            message = (await stream.get_final_completion()).choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "14:20"}
            for call in message.tool_calls
        ]
        turn = {
            "role": "assistant",
            "tool_calls": [call.model_dump(exclude={"index"}) for call in message.tool_calls],
        }
        end = await sdk.chat.completions.create(
            model="both", messages=[*HELLO, turn, *results], tools=tools
        )

    assert [(event.name, json.loads(event.arguments)) for event in done] == [
        (name, {"port": "text", "days": 1}) for name in names
    ]
    assert end.choices[0].message.content == "14:20"


async def test_the_openai_sdk_parses_structured_output():
    class Tide(pydantic.BaseModel):
        port: str
        days: int

    async with simulator() as sim, clients(sim) as (sdk, _):
        answer = await sdk.chat.completions.parse(
            model="echo", messages=HELLO, response_format=Tide
        )

    assert answer.choices[0].message.parsed == Tide(port="text", days=1)


async def test_the_openai_sdk_hears_a_refusal():
    async with (
        simulator(prim=Behaviour(refuses=True)) as sim,
        clients(sim) as (sdk, _),
        sdk.chat.completions.stream(model="prim", messages=HELLO) as stream,
    ):
        kinds = [event.type async for event in stream]

    assert "refusal.done" in kinds


async def test_the_openai_sdk_lists_the_models():
    async with simulator() as sim, clients(sim) as (sdk, _):
        names = [model.id async for model in sdk.models.list()]
        echo = await sdk.models.retrieve("echo")

    assert (set(names), echo.id) == (set(BEHAVIOURS), "echo")


async def test_the_anthropic_sdk_reads_a_whole_answer():
    async with simulator() as sim, clients(sim) as (_, sdk):
        answer = await sdk.messages.create(model="echo", max_tokens=100, messages=HELLO)

    assert answer.content[0].text == "one two three"
    assert (answer.stop_reason, answer.usage.output_tokens) == ("end_turn", 3)


async def test_the_anthropic_sdk_adds_a_stream_up():
    thinking = {"type": "enabled", "budget_tokens": 1024}
    tools = [{"name": "tide", "input_schema": SCHEMA}]
    said = Behaviour(Source.FIXED, text="Let me look.")
    asked = {"model": "said", "max_tokens": 2000, "thinking": thinking, "tools": tools}
    async with simulator(said=said) as sim, clients(sim) as (_, sdk):
        async with sdk.messages.stream(messages=HELLO, **asked) as stream:
            answer = await stream.get_final_message()
        whole = await sdk.messages.create(messages=HELLO, **asked)

    assert [block.type for block in answer.content] == ["thinking", "text", "tool_use"]
    assert answer.content[2].input == {"port": "text", "days": 1}
    assert [block.model_dump(exclude={"id"}) for block in answer.content] == [
        block.model_dump(exclude={"id"}) for block in whole.content
    ]
    assert (answer.stop_reason, answer.usage.output_tokens) == (
        "tool_use",
        whole.usage.output_tokens,
    )


async def test_the_anthropic_sdk_may_replay_a_turn_but_not_alter_it():
    thinking = {"type": "enabled", "budget_tokens": 1024}
    tools = [{"name": "tide", "input_schema": SCHEMA}]
    asked = {"model": "echo", "max_tokens": 2000, "thinking": thinking, "tools": tools}
    async with simulator() as sim, clients(sim) as (_, sdk):
        turn = await sdk.messages.create(messages=HELLO, **asked)
        blocks = [block.model_dump(exclude_none=True) for block in turn.content]
        result = {"type": "tool_result", "tool_use_id": turn.content[1].id, "content": "14:20"}
        rest = {"role": "user", "content": [result]}
        end = await sdk.messages.create(
            messages=[*HELLO, {"role": "assistant", "content": blocks}, rest], **asked
        )
        blocks[0]["thinking"] += " Or not."

        with pytest.raises(anthropic.BadRequestError, match="signature"):
            await sdk.messages.create(
                messages=[*HELLO, {"role": "assistant", "content": blocks}, rest], **asked
            )

    assert end.content[1].text == "14:20"


async def test_the_anthropic_sdk_counts_tokens_and_lists_models():
    async with simulator() as sim, clients(sim) as (_, sdk):
        counted = await sdk.messages.count_tokens(model="echo", messages=HELLO)
        names = [model.id async for model in sdk.models.list()]
        echo = await sdk.models.retrieve("echo")

    assert (counted.input_tokens, set(names), echo.type) == (3, set(BEHAVIOURS), "model")


@pytest.mark.parametrize(
    ("model", "chat_error", "own_error"),
    [
        ("fail-500", openai.InternalServerError, anthropic.InternalServerError),
        ("fail-429", openai.RateLimitError, anthropic.RateLimitError),
        ("bad-key", openai.AuthenticationError, anthropic.AuthenticationError),
        ("nobody", openai.NotFoundError, anthropic.NotFoundError),
    ],
)
async def test_the_sdks_know_the_errors(model, chat_error, own_error):
    async with simulator() as sim, clients(sim) as (chat_sdk, own_sdk):
        with pytest.raises(chat_error):
            await chat_sdk.chat.completions.create(model=model, messages=HELLO)

        with pytest.raises(own_error):
            await own_sdk.messages.create(model=model, max_tokens=10, messages=HELLO)


async def test_the_sdks_hear_an_overload_inside_a_200():
    async with simulator() as sim, clients(sim) as (chat_sdk, own_sdk):
        stream = await chat_sdk.chat.completions.create(
            model="overloaded", messages=HELLO, stream=True
        )
        with pytest.raises(openai.APIError, match="overloaded"):
            [chunk async for chunk in stream]

        events = await own_sdk.messages.create(
            model="overloaded", max_tokens=10, messages=HELLO, stream=True
        )
        with pytest.raises(anthropic.APIStatusError, match="overloaded_error") as caught:
            [event async for event in events]

    assert caught.value.status_code == 200


@BOTH
async def test_the_cut_model_says_some_words_first(call):
    async with simulator() as sim:
        response = await ask(sim, call("cut"))

    assert len(content(response).split()) == 8
    assert not response.complete


@BOTH
async def test_the_flaky_model_fails_every_other_call(call):
    async with simulator() as sim:
        statuses = [(await ask(sim, call("flaky"))).status for _ in range(4)]

    assert statuses == [500, 200, 500, 200]


@BOTH
async def test_a_call_is_remembered(call):
    async with simulator() as sim:
        await ask(sim, call("echo", text="hello"))
        seen = sim.calls[0]

    assert (seen.model, seen.number, seen.connection) == ("echo", 1, 1)
    assert seen.body["messages"] == [{"role": "user", "content": "hello"}]
    assert seen.headers["content-type"] == "application/json"
    assert seen.path == ("/v1/messages" if call is messages else CHAT)


async def test_nothing_is_remembered_unless_asked_for():
    async with Simulator() as sim:
        await ask(sim, chat("echo"))

        assert (list(sim.calls), sim.total) == ([], 1)


@BOTH
async def test_a_peer_that_leaves_while_words_come_is_seen_to(call):
    async with simulator() as sim:
        hold = sim.hold("echo", 2)
        client = await connect(sim)
        await client.send(call("echo"))
        await hold.reached.wait()
        await client.close()
        await eventually(sim.calls[0].ended.is_set)

        assert sim.calls[0].ending is Ending.LEFT
        assert sim.calls[0].closed_by_peer is not None
        assert sim.calls[0].said == 2
        assert sim.total == 1


@BOTH
@pytest.mark.parametrize("stream", [True, False])
async def test_a_peer_that_leaves_before_the_head_is_seen_to(call, stream):
    async with simulator() as sim:
        hold = sim.hold("echo")
        client = await connect(sim)
        await client.send(call("echo", stream=stream))
        await hold.reached.wait()
        client.reset()
        await eventually(sim.calls[0].ended.is_set)

        assert sim.calls[0].ending is Ending.LEFT

        await client.close()


async def test_a_peer_that_does_not_read_holds_the_words_back():
    behaviour = Behaviour(Source.LOREM, words=200_000)
    async with simulator(talker=behaviour) as sim, await connect(sim) as client:
        client.stop_reading()
        await client.send(chat("talker"))
        await sim.arrived()
        said = -1
        while said != sim.calls[0].said:
            said = sim.calls[0].said
            for _ in range(1000):
                await asyncio.sleep(0)

        assert said > 0
        assert sim.calls[0].ending is None


async def test_a_peer_that_vanishes_without_reading_ends_the_call():
    behaviour = Behaviour(Source.LOREM, words=200_000)
    async with simulator(talker=behaviour) as sim:
        client = await connect(sim)
        client.stop_reading()
        await client.send(chat("talker"))
        await sim.arrived()
        client.reset()
        await eventually(sim.calls[0].ended.is_set, 5.0)

        assert sim.calls[0].ending is Ending.LEFT

        await client.close()


async def test_a_connection_serves_one_call_after_the_other():
    async with simulator() as sim, await connect(sim) as client:
        answers = [
            await client.ask(call("echo", text=text)) for call in (chat, messages) for text in "ab"
        ]

        assert [content(answer) for answer in answers] == ["a", "b", "a", "b"]
        assert (sim.connections, sim.open_connections) == (1, 1)


async def test_calls_sent_ahead_are_answered_in_turn():
    async with simulator() as sim, await connect(sim) as client:
        await client.send(chat("echo", text="first") + chat("echo", text="second"))
        answers = [await client.response(), await client.response()]

    assert [content(answer) for answer in answers] == ["first", "second"]


async def test_many_calls_run_side_by_side():
    async with simulator() as sim:
        hold = sim.hold("echo", 1)
        texts = [f"number {number}" for number in range(100)]
        asking = [asyncio.ensure_future(ask(sim, chat("echo", text=text))) for text in texts]
        await sim.arrived(100)

        assert not any(each.done() for each in asking)

        hold.release()
        answers = await asyncio.gather(*asking)

        assert [content(answer) for answer in answers] == texts
        assert sim.counts == {"echo": 100}
        assert sorted(call.number for call in sim.calls) == list(range(1, 101))


async def test_stopping_ends_what_runs():
    sim = simulator(mute=Behaviour(fault=Fault(Mode.STALL)))
    await sim.start()
    client = await connect(sim)
    await client.send(chat("mute"))
    await client.head()
    await sim.stop()

    assert sim.calls[0].ending is Ending.STOPPED
    assert sim.calls[0].closed_by_peer is None
    assert sim.open_connections == 0

    await client.rest()
    await client.close()


async def test_stopping_twice_or_before_the_start_is_nothing():
    sim = simulator()
    await sim.stop()
    await sim.start()
    await sim.stop()
    await sim.stop()

    with pytest.raises(RuntimeError, match="not started"):
        _ = sim.base_url


async def test_a_stopped_simulator_may_start_again():
    sim = simulator()
    await sim.start()
    await sim.stop()
    async with sim:
        response = await ask(sim, chat("echo"))

    assert response.status == 200


async def test_a_connection_accepted_while_it_stops_is_dropped():
    async with simulator() as sim:
        sim._stopping = True
        async with await connect(sim) as client:
            assert await client.rest() == b""

        assert sim.connections == 0


async def test_who_no_longer_waits_for_calls_is_not_told_of_them():
    async with simulator() as sim:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(sim.arrived(), 0)
        impatient = asyncio.ensure_future(sim.arrived())
        await asyncio.sleep(0)
        impatient.cancel()
        response = await ask(sim, chat("echo"))

    assert response.status == 200


async def test_a_model_may_be_added_while_it_runs():
    async with simulator() as sim:
        sim.add("new", Behaviour(Source.FIXED, text="here"))
        response = await ask(sim, chat("new"))

    assert content(response) == "here"


@BOTH
@pytest.mark.parametrize(
    ("model", "fields", "sentence"),
    [
        (5, {}, "model"),
        ("echo", {"messages": [{"role": "user", "content": [5]}]}, "wrong type"),
    ],
)
async def test_a_request_of_the_wrong_types_is_refused(call, model, fields, sentence):
    async with simulator() as sim:
        response = await ask(sim, call(model, **fields))

        assert response.status == 400
        assert sentence in response.error["message"]
        assert sim.total == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post(CHAT, b"{"), 400),
        (post(CHAT, b"[]"), 400),
        (post("/v1/audio/speech", b"{}"), 404),
        (request("GET", CHAT), 404),
        (request("GET", "/"), 404),
        (request("GET", "/v1/models/nobody"), 404),
        (b"nonsense\r\n\r\n", 400),
    ],
)
async def test_what_is_not_served_is_refused_in_the_protocols_own_form(sent, status):
    async with simulator() as sim:
        response = await ask(sim, sent)

    assert response.status == status
    assert set(response.error) == {"message", "type", "param", "code"}


async def test_anthropics_clients_are_refused_in_their_form():
    async with simulator() as sim:
        response = await ask(sim, post("/v1/messages", b"{"))

    assert (response.status, response.json()["type"]) == (400, "error")


async def test_a_connection_lives_on_after_a_refusal():
    async with simulator() as sim, await connect(sim) as client:
        refused = await client.ask(chat("nobody"))
        answered = await client.ask(chat("echo"))

    assert (refused.status, answered.status) == (404, 200)


def test_it_runs_on_uvloop_too():
    async def main():
        async with simulator(torn=Behaviour(fault=Fault(Mode.RESET))) as sim:
            answer = await ask(sim, chat("echo"))
            torn = await ask(sim, chat("torn"))
            hold = sim.hold("echo", 1)
            client = await connect(sim)
            await client.send(messages("echo"))
            await hold.reached.wait()
            await client.close()
            await sim.calls[-1].ended.wait()
            return content(answer), torn.complete, sim.calls[-1].ending

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == ("one two three", False, Ending.LEFT)


def test_a_loop_that_ends_takes_the_simulator_with_it(capfd):
    async def main():
        sim = simulator(mute=Behaviour(fault=Fault(Mode.STALL)))
        await sim.start()
        client = await connect(sim)
        await client.send(chat("mute"))
        await client.head()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await sim.calls[0].ended.wait()
        await client.close()
        await sim.stop()

    asyncio.run(main())

    assert capfd.readouterr().err == ""


async def test_a_model_can_forget_that_it_was_called():
    once = Behaviour(fault=Fault(Mode.STATUS, 500, most=1))
    async with simulator(once=once) as sim:
        before = [(await ask(sim, chat("once"))).status for _ in range(2)]
        sim.forget("once")
        after = [(await ask(sim, chat("once"))).status for _ in range(2)]

        assert before == after == [500, 200]
        assert sim.counts["once"] == 4


async def test_it_listens_where_it_is_told_to():
    async with simulator() as first:
        port = int(first.base_url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await Simulator(port=port).start()
    async with Simulator(host="::1") as other:
        assert other.base_url.startswith("http://[::1]:")
