"""What `test_http1.py` proves of the parser alone, once more over real sockets."""

import asyncio

import httpx
import pytest

from proxy.upstream.transport import Transport
from tests.support.calling import call, read, turns
from tests.support.rawserver import RawServer, answer, gone, half_close, request, reset, until

CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-empty:\r\n\r\n"
    b'3;name=value;other="a b"\r\nabc\r\n'
    b"0004\r\ndefg\r\n"
    b"0\r\nx-trailer: late\r\nx-status: 500\r\n\r\n"
)
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabcdefg"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"


@pytest.mark.parametrize("data", [CHUNKED, SIZED, INTERIM + CHUNKED])
async def test_every_byte_may_come_alone(data):
    script = [request] + [data[at : at + 1] for at in range(len(data))] + [gone]
    async with RawServer(script) as server:
        transport = Transport()
        response = await call(transport, server.url)

        assert (response.status_code, await read(response)) == (200, b"abcdefg")
        assert transport.pool.idle == 1
        await transport.aclose()


async def test_what_one_read_brought_comes_as_one_piece():
    script = [request, CHUNKED, gone]
    async with RawServer(script) as server:
        transport = Transport()
        response = await call(transport, server.url)

        assert [part async for part in response.stream] == [b"abcdefg"]
        await transport.aclose()


async def test_a_half_closed_server_has_still_answered():
    for data in (SIZED, CHUNKED, b"HTTP/1.1 200 OK\r\n\r\nabcdefg"):
        async with RawServer([request, data, half_close, gone]) as server:
            transport = Transport()
            response = await call(transport, server.url)

            assert await read(response) == b"abcdefg"
            await server.all_gone()
            assert transport.pool.open == 0


async def test_a_reset_in_mid_body_comes_after_what_was_received():
    come = asyncio.Event()
    script = [request, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", until(come), reset]
    async with RawServer(script) as server:
        transport = Transport()
        response = await call(transport, server.url)
        parts = aiter(response.stream)
        assert await anext(parts) == b"abc"
        come.set()

        with pytest.raises(httpx.ReadError):
            await anext(parts)
        assert transport.pool.open == 0


async def test_a_refusal_while_a_large_request_is_on_its_way_is_read():
    async def start(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.transport.pause_reading()

    script = [start, answer(b"too large", status=b"413 Too Large"), gone]
    async with RawServer(script, receive_buffer=4096) as server:
        transport = Transport()
        response = await call(transport, server.url, body=b"x" * 50_000_000)

        assert (response.status_code, await read(response)) == (413, b"too large")
        assert transport.pool.idle == 0
        await transport.aclose()


async def test_a_server_stalls_while_its_answer_is_not_read():
    sent = 0
    total = 64 * 1024 * 1024
    piece = b"x" * 65536

    async def flood(peer):
        nonlocal sent
        await peer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % total)
        while sent < total:
            await peer.write(piece)
            sent += len(piece)

    async with RawServer([request, flood]) as server:
        transport = Transport()
        response = await call(transport, server.url)
        exchange = response.stream._exchange
        before = -1
        while before != sent:
            before = sent
            await turns(500)

        assert sent < total / 2
        assert exchange.size <= 192 * 1024
        assert len(await read(response)) == total
        await transport.aclose()


async def test_a_server_that_speaks_first_never_gives_a_wrong_answer():
    async with RawServer([b"220 ready\r\n", gone]) as server:
        transport = Transport()
        with pytest.raises((httpx.ConnectError, httpx.RemoteProtocolError)):
            await call(transport, server.url)

        await server.all_gone()
        assert transport.pool.open == 0


async def test_who_refuses_a_large_request_and_hangs_up_is_heard():
    async def start(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.writer.transport.pause_reading()

    said = b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 9\r\n\r\ntoo large"
    async with RawServer([start, said], receive_buffer=4096) as server:
        transport = Transport()
        response = await call(transport, server.url, body=b"x" * 20_000_000)

        assert (response.status_code, await read(response)) == (413, b"too large")
        await transport.aclose()
