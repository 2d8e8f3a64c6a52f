"""Streams on the fast path that somebody ends or holds up, beside those of a proxy without it."""

import json

from proxy.config.schema import Alias, Config, Live, Provider, TargetRef
from tests.support.calling import reached
from tests.support.rawclient import RawClient
from tests.support.twins import WAIT, call, twins

OPEN = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def part(data):
    """A chunk of HTTP."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(delta, finish=None):
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    said = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "sim-1"}
    return b"data: " + json.dumps({**said, "choices": choices}).encode() + b"\n\n"


HELLO = part(event({"role": "assistant", "content": "hello"}))
REST = part(event({"content": "!"}) + event({}, "stop") + b"data: [DONE]\n\n") + b"0\r\n\r\n"
GREAT = [part(event({"content": "x" * 60_000})) for _ in range(100)]
SCRIPTS = {
    "whole": [[OPEN + HELLO + REST]],
    "stalled": [[OPEN + HELLO, WAIT]],
    "late": [[OPEN + HELLO, 0.15, REST]],
    "great": [[OPEN + HELLO, *GREAT, REST]],
}


def config(url, settings, **more):
    return Config(
        server=settings,
        providers={"p": Provider("p", "", "openai", url)},
        models={
            name: Alias(
                name, (TargetRef("p", name),), live=Live(heartbeat=0.05 if name == "late" else 15.0)
            )
            for name in SCRIPTS
        },
        **more,
    )


async def _begun(scene, model):
    """A stream that has begun, at both."""
    clients = await scene.known(stream=True)
    heads = []
    for client in clients:
        await client.send(call(model, stream=True))
        heads.append(await client.head())
        await client.chunk()
    assert [each.status for each in heads] == [200, 200]
    assert scene.fast.app._endpoints.chat._under_way == 0
    return clients


async def _rest(client):
    """What comes until the end."""
    said = b""
    while piece := await client.chunk():
        said += piece
    return said, piece


async def test_a_caller_who_leaves_mid_stream_ends_the_call_and_its_connection():
    async with twins(SCRIPTS, config) as scene:
        for client in await _begun(scene, "stalled"):
            client.reset()
        facts = (await scene.same())["facts"]

        assert [fact["outcome"] for fact in facts if "outcome" in fact] == ["cancelled"]
        assert [twin.transport.pool.open for twin in scene.each] == [0, 0]


async def test_a_server_that_may_wait_no_longer_ends_a_stream_with_an_error():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "stalled")
        for twin in scene.each:
            twin.app._dismiss()
        ends = [await _rest(client) for client in clients]
        await scene.same()

        assert b"shutting_down" in ends[0][0]
        assert [end == b"" for _, end in ends] == [True, True]


async def test_a_server_that_stops_waits_for_a_fast_stream():
    async with twins(SCRIPTS, config, drain_timeout=60.0) as scene:
        clients = await _begun(scene, "late")
        for twin in scene.each:
            twin.app.server.drain()
        ends = [await _rest(client) for client in clients]
        await scene.same()

        assert all(said.endswith(b"data: [DONE]\n\n") for said, _ in ends)


async def test_a_pause_in_a_fast_stream_is_kept_warm():
    async with twins(SCRIPTS, config) as scene:
        ends = [await _rest(client) for client in await _begun(scene, "late")]
        await scene.same()

        assert [said.startswith(b":") for said, _ in ends] == [True, True]


async def test_a_request_that_waits_behind_a_fast_stream_is_served():
    async with twins(SCRIPTS, config) as scene:
        clients = await _begun(scene, "late")
        seen = []
        for client in clients:
            await client.send(call("whole", stream=True))
        for client in clients:
            await _rest(client)
            seen.append(await client.response())
        await scene.same()

        assert [each.status for each in seen] == [200, 200]
        assert seen[0].body == seen[1].body


async def test_a_caller_who_reads_slowly_gets_all_of_a_stream_and_holds_its_provider():
    async with twins(SCRIPTS, config) as scene:
        await scene.known(stream=True)
        sizes = []
        clients = [
            await RawClient.connect(twin.address, receive_buffer=4096) for twin in scene.each
        ]
        for client in clients:
            client.stop_reading()
            await client.send(call("great", stream=True))
        await reached(lambda: scene.fast.joined)
        for client in clients:
            client.read_on()
            sizes.append(len((await client.response()).body))
            await client.close()

        assert sizes[0] == sizes[1] > 6_000_000

        await scene.same()
