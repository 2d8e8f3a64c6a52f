"""What our server puts into a scope: who tells that the caller has left, and what can be written to at once."""

import asyncio

from proxy.web.peer import GONE, WIRE
from tests.support.rawclient import RawClient, post
from tests.support.turns import eventually
from tests.support.webserver import on_each_loop, serving

HEAD = {"type": "http.response.start", "status": 200, "headers": []}


class Endpoint:
    """Writes what it is told to its wire, and waits for its caller to leave."""

    def __init__(self):
        self.left = asyncio.Event()
        self.scope = None

    async def __call__(self, scope, receive, send):
        self.scope = scope
        await receive()
        await send(HEAD)
        scope[GONE].watch(self.left.set)
        if WIRE in scope:
            scope[WIRE].write(b"at once")
            await scope[WIRE].drained()
        await self.left.wait()


@on_each_loop
async def test_a_caller_is_written_to_at_once_and_its_leaving_is_told():
    endpoint = Endpoint()
    async with serving(endpoint) as (address, _):
        async with await RawClient.connect(address) as client:
            await client.send(post("/x"))
            await client.head()
            piece = await client.chunk()
        await eventually(endpoint.left.is_set, 5.0)

    assert piece == b"at once"


@on_each_loop
async def test_who_has_left_already_is_told_of_soon():
    told = asyncio.Event()

    async def late(scope, receive, _send):
        while (await receive())["type"] != "http.disconnect":
            pass
        scope[GONE].watch(told.set)

    async with serving(late) as (address, _):
        async with await RawClient.connect(address) as client:
            await client.send(post("/x"))
        await eventually(told.is_set, 5.0)

    assert told.is_set()


@on_each_loop
async def test_a_caller_of_an_older_http_has_no_wire():
    endpoint = Endpoint()
    async with serving(endpoint) as (address, _):
        async with await RawClient.connect(address) as client:
            await client.send(post("/x").replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1))
            await client.head()
        await eventually(endpoint.left.is_set, 5.0)

    assert WIRE not in endpoint.scope
