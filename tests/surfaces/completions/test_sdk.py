"""Legacy completions as the official SDK reads them, through the whole proxy in front of simulated chat models."""

import json
from dataclasses import replace

import openai
import pytest

from proxy.config.schema import Provider
from proxy.core.facts import Outcome
from tests.support.house import house as house
from tests.support.rawserver import RawServer, request
from tests.support.sdks import client as client


@pytest.mark.parametrize("model", ["chat", "native"])
def test_a_whole_answer_of_either_protocol(house, client, model):
    answer = client.completions.create(model=model, prompt="one two", echo=True)

    assert (answer.object, answer.choices[0].text) == ("text_completion", "one twoone two")
    assert (answer.choices[0].finish_reason, answer.usage.completion_tokens) == ("stop", 2)
    assert (house.facts[-1].surface, house.facts[-1].outcome) == ("completions", Outcome.SERVED)


@pytest.mark.parametrize("model", ["chat", "native"])
def test_a_stream_of_either_protocol(client, model):
    chunks = list(
        client.completions.create(
            model=model,
            prompt="one two",
            stream=True,
            stream_options={"include_usage": True},
        )
    )

    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == "one two"
    assert [c.finish_reason for chunk in chunks for c in chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens == 4


def test_a_stream_fails_over_before_its_first_word(client):
    chunks = list(client.completions.create(model="cascade", prompt="one two", stream=True))

    assert "".join(choice.text for chunk in chunks for choice in chunk.choices) == "one two"


def test_a_cut_stream_ends_in_an_error(client):
    with pytest.raises(openai.APIError, match="cut"):
        for _ in client.completions.create(model="cut", prompt="one", stream=True):
            pass


def test_several_choices_and_a_limit(client):
    answer = client.completions.create(model="chat", prompt="one two three", n=2, max_tokens=2)

    assert [(c.index, c.text, c.finish_reason) for c in answer.choices] == [
        (0, "one two", "length"),
        (1, "one two", "length"),
    ]


@pytest.mark.parametrize(
    "given", [{"prompt": ["one", "two"]}, {"prompt": [1, 2]}, {"prompt": "a", "suffix": "b"}]
)
def test_what_no_chat_model_can_do_is_refused_in_words_that_say_who_can(client, given):
    with pytest.raises(openai.BadRequestError, match="completions API of its own") as caught:
        client.completions.create(model="chat", **given)

    assert caught.value.code == "unsupported_value"


NATIVE = (
    b'data: {"id":"cmpl-1","object":"text_completion","created":7,"model":"qwen","odd":1,'
    b'"choices":[{"text":"x =","index":0,"logprobs":null,"finish_reason":null}]}\n\n'
    b'data: {"id":"cmpl-1","object":"text_completion","created":7,"model":"qwen","odd":2,'
    b'"choices":[{"text":" 1","index":0,"logprobs":null,"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


async def test_a_provider_that_has_completions_is_sent_the_call_as_it_came(house):
    local = RawServer([request, HEAD, NATIVE])
    async with local:
        url = local.url.removesuffix("/chat")
        provider = Provider("local", "", "openai", url, surfaces=("completions",))
        before = house.app._config
        house.do(house.app.adopt, replace(before, providers={"local": provider}))
        async with openai.AsyncOpenAI(api_key="any", base_url=house.base_url) as client:
            stream = await client.completions.create(
                model="local/qwen", prompt=["def f():", "pass"], suffix="return x", stream=True
            )
            chunks = [chunk async for chunk in stream]
        house.do(house.app.adopt, before)
    head, body = local.requests[0]

    assert head.startswith(b"POST /v1/completions ")
    assert json.loads(body) == {
        "model": "qwen",
        "prompt": ["def f():", "pass"],
        "suffix": "return x",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert [(chunk.choices[0].text, chunk.odd) for chunk in chunks] == [("x =", 1), (" 1", 2)]
