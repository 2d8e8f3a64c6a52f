import asyncio
import gc
import random
from pathlib import Path

import pytest

from proxy.upstream.transport import Transport
from tests.support.calling import call, fetch, reached, read, turns
from tests.support.rawserver import RawServer, answer, gone, request, says, until

OK = answer(b"ok")


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_leaving_while_tls_is_agreed_closes_the_socket():
    greeted = asyncio.Event()

    async def greeting(peer):
        await peer.reader.readexactly(1)

    async with RawServer([greeting, says(greeted), gone]) as server:
        transport = Transport()
        calling = asyncio.ensure_future(call(transport, server.url.replace("http", "https")))
        await greeted.wait()
        await cancelled(calling)
        await server.all_gone()

        assert transport.pool.open == 0


async def test_leaving_while_the_request_is_sent_closes_the_socket():
    left = asyncio.Event()

    async def deaf(peer):
        peer.writer.transport.pause_reading()
        await left.wait()
        peer.writer.transport.resume_reading()

    async with RawServer([deaf, gone], receive_buffer=4096) as server:
        transport = Transport()
        calling = asyncio.ensure_future(call(transport, server.url, body=b"x" * 50_000_000))
        await reached(lambda: any(one._drained for one in transport.pool._open))
        await cancelled(calling)
        await turns(2)
        assert transport.pool.open == 0
        left.set()
        await server.all_gone()


async def test_leaving_before_the_head_closes_the_socket():
    for start in ([], [b"HTTP/1.1 200 OK\r\n"]):
        asked = asyncio.Event()
        async with RawServer([request, *start, says(asked), gone]) as server:
            transport = Transport()
            calling = asyncio.ensure_future(call(transport, server.url))
            await asked.wait()
            await cancelled(calling)
            await server.all_gone()

            assert (transport.pool.open, transport.pool.idle) == (0, 0)


async def test_leaving_in_mid_body_closes_the_socket():
    async with RawServer([request, OK[:-1], gone]) as server:
        transport = Transport()
        response = await call(transport, server.url)
        reading = asyncio.ensure_future(read(response))
        await turns(5)
        await cancelled(reading)
        await server.all_gone()

        assert transport.pool.open == 0


async def test_closing_an_answer_early_closes_the_socket_and_late_keeps_it():
    async with RawServer([request, OK[:-1], gone], [request, OK, gone]) as server:
        transport = Transport()
        response = await call(transport, server.url)
        await response.stream.aclose()
        await response.stream.aclose()
        await server.all_gone()
        assert transport.pool.open == 0
        response = await call(transport, server.url)
        await read(response)
        await response.stream.aclose()

        assert transport.pool.idle == 1
        await transport.aclose()


async def test_a_thousand_departures_leak_nothing():
    chance = random.Random(3)
    script = [request, OK[:-1], until(asyncio.Event())]
    gc.collect()
    files, tasks = open_files(), len(asyncio.all_tasks())
    async with RawServer(script) as server:
        transport = Transport()
        for patience in (0, 1, 5, 20, 200):
            calls = [asyncio.ensure_future(fetch(transport, server.url)) for _ in range(200)]
            await turns(patience)
            pending = list(calls)
            chance.shuffle(pending)
            for one in pending:
                if chance.random() < 0.2:
                    await asyncio.sleep(0)
                one.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
            assert all(one.cancelled() for one in calls)
        await turns(2)

        assert server.accepted > 400
        assert (transport.pool.open, transport.pool.idle) == (0, 0)
        server.scripts = ([request, OK, gone],)
        assert await fetch(transport, server.url) == b"ok"
        await transport.aclose()
    await turns(10)
    gc.collect()
    assert len(asyncio.all_tasks()) == tasks
    assert open_files() <= files + 1
