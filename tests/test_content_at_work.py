"""What is said in calls, in the log of an operator who asks for it, over real sockets."""

import asyncio
import io
import sys
from contextlib import asynccontextmanager

import pytest

from proxy.app import App
from proxy.config.schema import Alias, Config, Log, Server, TargetRef
from proxy.core import jsons
from tests.support.rawclient import RawClient, post

MODELS = {
    "chat": Alias("chat", (TargetRef("mock", "overloaded"), TargetRef("mock", "echo"))),
    "kept": Alias("kept", (TargetRef("mock", "echo"),), cache=60.0),
    "cut": Alias("cut", (TargetRef("mock", "cut"),)),
}
SAID = [{"role": "user", "content": "one two three"}]


@asynccontextmanager
async def logging(monkeypatch, *, content=True):
    """A way to call a proxy, and what it has logged when it has stopped."""
    out, lines = io.StringIO(), []
    monkeypatch.setattr(sys, "stdout", out)
    log = Log(format="json", content=content)
    app = App(Config(server=Server(port=0, ops_host=""), models=MODELS, log=log))
    address = app.bind()
    await app.start()
    serving = asyncio.ensure_future(app.serve())

    async def call(path, **body):
        async with await RawClient.connect(address) as client:
            # Twice with one head: the second may go past everybody.
            for _ in range(2):
                await client.ask(post(path, jsons.encode(body)))

    yield call, lines
    app.server.drain()
    await serving
    await app.aclose()
    lines += map(jsons.decode, out.getvalue().encode().splitlines())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["chat", "kept"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/chat/completions", {"messages": SAID}),
        ("/v1/messages", {"messages": SAID, "max_tokens": 50}),
        ("/v1/responses", {"input": SAID}),
    ],
)
async def test_what_was_asked_and_said_stands_behind_the_line_of_its_call(
    path, said, model, stream, monkeypatch
):
    body = {"model": model, "stream": stream, **said}
    async with logging(monkeypatch) as (call, lines):
        await call(path, **body)

    assert [line["event"] for line in lines] == ["call", "content"] * 2
    for told, content in zip(lines[::2], lines[1::2], strict=True):
        assert content["request_id"] == told["request_id"]
        assert content["request"] == body
        assert content["answer"][0]["message"]["content"] == "one two three"


async def test_of_a_stream_that_was_cut_stands_there_what_went_out(monkeypatch):
    async with logging(monkeypatch) as (call, lines):
        await call("/v1/chat/completions", model="cut", stream=True, messages=SAID)

    (choice,) = lines[1]["answer"]
    assert lines[0]["outcome"] == "cut"
    assert choice["message"]["content"].startswith("Lorem ipsum")
    assert choice["finish_reason"] is None


async def test_who_does_not_ask_for_it_reads_nothing_of_it(monkeypatch):
    async with logging(monkeypatch, content=False) as (call, lines):
        await call("/v1/chat/completions", model="chat", messages=SAID)

    assert [line["event"] for line in lines] == ["call", "call"]
    assert "one two" not in str(lines)
