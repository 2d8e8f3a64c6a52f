"""Anthropic's own SDK for Python against the whole proxy, over real sockets."""

from contextlib import nullcontext

import anthropic
import pytest
from pydantic import BaseModel

from proxy.config.schema import Alias, Auth, Config, Provider, StaticKey, TargetRef
from proxy.core import jsons
from proxy.core.secret import Secret
from proxy.sim.script import Behaviour
from tests.support.house import house as house
from tests.support.house import running

TEXT = "Hello from the other side"
HELLO = [{"role": "user", "content": TEXT}]
TIDE = {
    "name": "tide",
    "description": "When the tide is high.",
    "input_schema": {
        "type": "object",
        "properties": {"port": {"type": "string"}},
        "required": ["port"],
    },
}
# One target that speaks Anthropic's protocol, so that the call is relayed; one that speaks OpenAI's; one behind three
# that fail.
WAYS = ["native", "chat", "cascade"]


class Tide(BaseModel):
    port: str
    height: int


@pytest.fixture
def client(house):
    with anthropic.Anthropic(base_url=house.root, api_key="unused", max_retries=0) as client:
        yield client


@pytest.mark.parametrize("model", WAYS)
def test_a_message(client, model):
    message = client.messages.create(model=model, max_tokens=100, messages=HELLO)

    assert (message.type, message.role, message.stop_reason) == ("message", "assistant", "end_turn")
    assert message.content[0].text.strip() == TEXT
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert message._request_id


@pytest.mark.parametrize("model", WAYS)
def test_a_streamed_message(client, model):
    with client.messages.stream(model=model, max_tokens=100, messages=HELLO) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_message()

    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert final.content[0].text.strip() == TEXT
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens > 0


@pytest.mark.parametrize("model", ["native", "chat"])
@pytest.mark.parametrize("stream", [True, False])
def test_tools_over_two_turns(client, model, stream):
    options = {"model": model, "max_tokens": 200, "tools": [TIDE]}
    asked = [{"role": "user", "content": "Tide at Cork?"}]
    if stream:
        with client.messages.stream(messages=asked, **options) as events:
            first = events.get_final_message()
    else:
        first = client.messages.create(messages=asked, **options)
    (call,) = [block for block in first.content if block.type == "tool_use"]
    assert first.stop_reason == "tool_use"
    assert (call.name, list(call.input)) == ("tide", ["port"])

    result = {"type": "tool_result", "tool_use_id": call.id, "content": "high at 14:20"}
    second = client.messages.create(
        messages=[
            *asked,
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": [result]},
        ],
        **options,
    )

    assert "14:20" in second.content[-1].text


@pytest.mark.parametrize("model", ["native", "chat"])
def test_a_message_in_a_form(client, model):
    message = client.messages.parse(model=model, max_tokens=200, messages=HELLO, output_format=Tide)

    assert isinstance(message.parsed_output, Tide)


@pytest.mark.parametrize("model", ["native", "chat"])
def test_signed_thinking_goes_back_to_whoever_signed_it(house, client, model):
    name = "claude-opus-4-8"
    house.do(house.app.simulator.awake.add, name, house.behaviour("echo"))
    options = {
        "model": f"claude/{name}" if model == "native" else model,
        "max_tokens": 4000,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "tools": [TIDE],
    }
    asked = [{"role": "user", "content": "Tide at Cork?"}]
    first = client.messages.create(messages=asked, **options)
    (call,) = [block for block in first.content if block.type == "tool_use"]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "high at 14:20"}

    second = client.messages.create(
        messages=[
            *asked,
            {"role": "assistant", "content": first.content},
            {"role": "user", "content": [result]},
        ],
        **options,
    )

    assert "14:20" in second.content[-1].text
    assert first.content[0].type == ("thinking" if model == "native" else "tool_use")


def test_tokens_are_counted_here(client):
    few = client.messages.count_tokens(model="chat", messages=HELLO)
    many = client.messages.count_tokens(model="chat", messages=HELLO * 10, tools=[TIDE])

    assert 5 <= few.input_tokens <= 40
    assert many.input_tokens > 5 * few.input_tokens


def test_models_are_listed_over_several_pages_and_found(client):
    names = [model.id for model in client.models.list(limit=3)]

    assert {"chat", "native", "claude/echo", "mock/echo"} <= set(names)
    assert len(names) == len(set(names))
    assert client.models.retrieve("claude/echo").display_name == "claude/echo"
    with pytest.raises(anthropic.NotFoundError):
        client.models.retrieve("nothing/like-it")


def test_who_served_stands_in_the_headers(client):
    raw = client.messages.with_raw_response.create(model="native", max_tokens=100, messages=HELLO)

    assert raw.headers["x-firstbyte-target"] == "claude/echo"
    assert raw.headers["request-id"] == raw.headers["x-request-id"]


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ({"messages": []}, anthropic.BadRequestError, "messages"),
        ({"max_tokens": 0}, anthropic.BadRequestError, "max_tokens"),
        ({"model": "nativ"}, anthropic.NotFoundError, "'native'"),
    ],
)
def test_a_wrong_request_is_an_error_in_anthropics_words(client, body, error, words):
    asked = {"model": "native", "max_tokens": 100, "messages": HELLO, **body}
    with pytest.raises(error, match=words) as caught:
        client.messages.create(**asked)

    said = caught.value.body
    assert said["type"] == "error"
    assert said["error"]["type"] in ("invalid_request_error", "not_found_error")
    assert said["request_id"] == caught.value.request_id


@pytest.mark.parametrize("stream", [True, False])
def test_when_all_fail_the_sdk_raises_with_the_attempts(house, client, stream):
    house.known_to_nobody("gone", "fail-500", "overloaded")

    with pytest.raises(anthropic.InternalServerError) as caught:
        client.messages.create(
            model="gpt/gone-fail-500",
            max_tokens=100,
            messages=HELLO,
            stream=stream,
            extra_body={"models": ["claude/gone-overloaded"]},
        )

    assert caught.value.status_code == 502
    assert "gone-overloaded" in str(caught.value.body)


@pytest.mark.parametrize("model", ["cut-native", "cut"])
def test_a_cut_stream_raises_and_is_not_tried_again(client, model):
    stream = iter(client.messages.create(model=model, max_tokens=100, messages=HELLO, stream=True))
    first = next(stream)

    with pytest.raises(anthropic.APIError):
        list(stream)

    assert first.type == "message_start"


@pytest.mark.parametrize(("behaviour", "asked"), [("flaky", 2), ("bad-key", 1)])
def test_the_sdk_tries_again_where_that_may_help_and_only_there(behaviour, asked):
    with (
        running() as house,
        anthropic.Anthropic(base_url=house.root, api_key="k", max_retries=2) as client,
        house.recording() as calls,
        nullcontext() if asked > 1 else pytest.raises(anthropic.APIStatusError),
    ):
        client.messages.create(model=f"claude/{behaviour}", max_tokens=9, messages=HELLO)

    assert len(calls) == asked


async def test_the_async_client_streams_too(house):
    asked = {"model": "cascade", "max_tokens": 100, "messages": HELLO}
    async with (
        anthropic.AsyncAnthropic(base_url=house.root, api_key="k") as client,
        client.messages.stream(**asked) as stream,
    ):
        text = "".join([piece async for piece in stream.text_stream])

    assert text.strip() == TEXT


def test_betas_and_versions_go_to_the_provider_as_they_came(house, client):
    with house.recording() as calls:
        client.beta.messages.create(
            model="native", max_tokens=100, messages=HELLO, betas=["context-1m-2025-08-07"]
        )

    (call,) = calls
    assert "context-1m-2025-08-07" in call.headers["anthropic-beta"]


def test_a_provider_that_is_relayed_gets_what_nobody_here_knows(house, client):
    with house.recording() as calls:
        client.messages.create(
            model="native",
            max_tokens=100,
            messages=HELLO,
            metadata={"user_id": "u1"},
            extra_body={"context_management": {"edits": []}},
        )

    (call,) = calls
    assert call.body["metadata"] == {"user_id": "u1"}
    assert call.body["context_management"] == {"edits": []}


def test_while_nobody_has_spoken_pings_keep_the_stream_alive(house, client):
    house.do(house.app.simulator.awake.add, "late", Behaviour(first_delay=0.3))
    asked = {"model": "patient", "max_tokens": 100, "messages": HELLO}
    raw = client.messages.with_raw_response.create(stream=True, **asked)
    told = b"".join(raw.http_response.iter_raw())
    with client.messages.stream(**asked) as stream:
        final = stream.get_final_message()

    before = told.partition(b"event: message_start")[0]
    assert before.startswith(b": waiting for claude/late")
    assert b'event: ping\ndata: {"type":"ping"}\n\n' in before
    assert final.content[0].text.strip() == TEXT


# With keys.


def keyed(simulator):
    return Config(
        providers={"claude": Provider("claude", "", "anthropic", simulator)},
        models={
            name: Alias(name, (TargetRef("claude", "echo"),)) for name in ("claude-mine", "other")
        },
        auth=Auth(required=True, keys=(StaticKey(Secret("fb-1"), "blue", ("claude-mine",)),)),
    )


@pytest.fixture(scope="module")
def locked():
    with running(keyed) as house:
        yield house


@pytest.mark.parametrize("credential", [{"api_key": "fb-1"}, {"auth_token": "fb-1"}])
def test_a_key_may_come_in_either_header(locked, credential, monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    with anthropic.Anthropic(base_url=locked.root, max_retries=0, **credential) as client:
        message = client.messages.create(model="claude-mine", max_tokens=100, messages=HELLO)
        names = [model.id for model in client.models.list()]

    assert message.content[0].text.strip() == TEXT
    assert names == ["claude-mine"]


@pytest.mark.parametrize("ask", ["messages", "count", "models"])
def test_without_a_key_it_is_anthropics_401(locked, ask):
    asks = {
        "messages": lambda c: c.messages.create(model="other", max_tokens=9, messages=HELLO),
        "count": lambda c: c.messages.count_tokens(model="other", messages=HELLO),
        "models": lambda c: c.models.list(),
    }
    with (
        anthropic.Anthropic(base_url=locked.root, api_key="fb-0", max_retries=0) as client,
        pytest.raises(anthropic.AuthenticationError) as caught,
    ):
        asks[ask](client)

    assert caught.value.body["error"]["type"] == "authentication_error"
    assert jsons.encode(caught.value.body)


def test_what_a_key_may_not_use_is_not_there(locked):
    with (
        anthropic.Anthropic(base_url=locked.root, api_key="fb-1", max_retries=0) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
    ):
        client.messages.create(model="other", max_tokens=9, messages=HELLO)

    assert caught.value.status_code in (403, 404)
