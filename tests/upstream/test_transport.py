import asyncio
import gc
import warnings

import httpx
import pytest

from proxy.upstream.framing import Disconnected, Garbled
from proxy.upstream.transport import Transport
from tests.support.calling import call, fetch, read
from tests.support.rawserver import (
    RawServer,
    answer,
    closed_port,
    gone,
    half_close,
    request,
    reset,
    says,
    until,
)

OK = answer(b"ok")


async def test_connections_are_used_again_and_the_last_first():
    async with RawServer([request, OK] * 3 + [gone]) as server:
        transport = Transport()
        for _ in range(3):
            assert await fetch(transport, server.url) == b"ok"

        assert (server.accepted, transport.pool.open, transport.pool.idle) == (1, 1, 1)
        await transport.aclose()
        await server.all_gone()
        assert transport.pool.open == 0


async def test_an_httpx_client_can_use_it():
    async with RawServer([request, answer(b'{"a": 1}'), request, OK, gone]) as server:
        async with httpx.AsyncClient(transport=Transport()) as client:
            response = await client.post(server.url, json={"b": 2})
            assert (response.json(), response.http_version) == ({"a": 1}, "HTTP/1.1")

            async def parts():
                yield b"abc"
                yield b"def"

            assert (await client.post(server.url, content=parts())).text == "ok"
        head, body = server.requests[1]
        assert body == b"abcdef"
        assert b"transfer-encoding" not in head


async def test_an_ipv6_literal_is_dialled_and_named_in_brackets():
    async with RawServer([request, OK, gone], host="::1") as server:
        transport = Transport()
        assert await fetch(transport, server.url) == b"ok"

        assert b"Host: [::1]:%d\r\n" % server.port in server.requests[0][0]
        await transport.aclose()


async def test_a_name_is_resolved():
    async with RawServer([request, OK, gone], name="localhost") as server:
        transport = Transport()
        assert await fetch(transport, server.url, connect=5) == b"ok"
        await transport.aclose()


# A reused connection that turns out stale.


@pytest.mark.parametrize("end", [reset, half_close])
async def test_a_stale_connection_costs_one_silent_retry(end):
    async with RawServer([request, OK, request, end], [request, OK, gone]) as server:
        transport = Transport()
        assert await fetch(transport, server.url) == b"ok"
        assert await fetch(transport, server.url) == b"ok"

        assert (server.accepted, len(server.requests)) == (2, 3)
        await transport.aclose()


@pytest.mark.parametrize("end", [reset, half_close])
async def test_the_retry_is_not_repeated_and_takes_no_other_idle_connection(end):
    both = asyncio.Event()
    script = [request, until(both), OK, request, end]
    async with RawServer(script, script, [request, end]) as server:
        transport = Transport()
        calls = [asyncio.ensure_future(fetch(transport, server.url)) for _ in range(2)]
        await server.until(lambda: server.accepted == 2)
        both.set()
        await asyncio.gather(*calls)
        assert transport.pool.idle == 2
        with pytest.raises((httpx.ReadError, Disconnected)):
            await fetch(transport, server.url)

        assert (server.accepted, len(server.requests)) == (3, 4)
        assert transport.pool.idle == 1
        await transport.aclose()


@pytest.mark.parametrize("start", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", OK[:-1]])
async def test_nothing_is_sent_twice_once_a_byte_has_come_back(start):
    async with RawServer([request, OK, request, start, half_close]) as server:
        transport = Transport()
        await fetch(transport, server.url)
        with pytest.raises(Disconnected):
            await fetch(transport, server.url)

        assert (server.accepted, len(server.requests)) == (1, 2)
        await transport.aclose()


async def test_a_fresh_connection_that_fails_is_not_tried_again():
    async with RawServer([request, reset]) as server:
        transport = Transport()
        with pytest.raises(httpx.ReadError):
            await fetch(transport, server.url)

        assert (server.accepted, transport.pool.open) == (1, 0)


async def test_nonsense_on_a_reused_connection_is_not_tried_again():
    async with RawServer([request, OK, request, b"<html>", gone]) as server:
        transport = Transport()
        await fetch(transport, server.url)
        with pytest.raises(Garbled):
            await fetch(transport, server.url)

        assert server.accepted == 1


async def test_a_connection_that_the_server_closed_while_idle_is_not_taken():
    async with RawServer([request, OK]) as server:
        transport = Transport()
        for _ in range(3):
            assert await fetch(transport, server.url) == b"ok"
            await server.all_gone()

        assert server.accepted == 3
        await transport.aclose()


# Time.


async def test_each_wait_is_bounded_by_its_own_limit():
    never = asyncio.Event()
    # Not one server with two scripts: of a connection that ends so soon it may hear nothing.
    silent, halting = (
        RawServer([request, until(never)]),
        RawServer([request, OK[:-1], until(never)]),
    )
    async with silent, halting:
        transport = Transport()
        with pytest.raises(httpx.ReadTimeout):
            await call(transport, silent.url, read=0.02)
        response = await call(transport, halting.url, read=30)
        response.stream._seconds = 0.02
        with pytest.raises(httpx.ReadTimeout):
            await read(response)

        assert transport.pool.idle == 0
        await transport.aclose()


async def test_a_server_that_reads_nothing_is_a_write_timeout():
    never = asyncio.Event()

    async def deaf(peer):
        peer.writer.transport.pause_reading()
        await never.wait()

    async with RawServer([deaf], receive_buffer=4096) as server:
        transport = Transport()
        with pytest.raises(httpx.WriteTimeout):
            await call(transport, server.url, body=b"x" * 50_000_000, write=0.1)
        await transport.aclose()


async def test_the_connect_limit_covers_the_look_up():
    class Never:
        async def resolve(self, host, port):
            await asyncio.Event().wait()

        def close(self):
            pass

    transport = Transport()
    transport._resolver = Never()
    with pytest.raises(httpx.ConnectTimeout):
        await call(transport, "http://slow.test/", connect=0.02)


async def test_the_connect_limit_covers_tls():
    async with RawServer([gone]) as server:
        transport = Transport()
        with pytest.raises(httpx.ConnectTimeout):
            await call(transport, server.url.replace("http", "https"), connect=0.1)
        await server.all_gone()

        assert transport.pool.open == 0


async def test_a_closed_port_is_a_connect_error():
    with closed_port() as url, pytest.raises(httpx.ConnectError) as caught:
        await call(Transport(), url)

    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize("url", ["ftp://host/", "/nowhere"])
async def test_other_protocols_are_refused(url):
    with pytest.raises(httpx.UnsupportedProtocol):
        await call(Transport(), url)


async def test_many_calls_at_once_each_get_their_own_answer():
    async def echo(peer):
        while True:
            await peer.read_request()
            _, body = peer.server.requests.pop()
            await peer.write(answer(body))

    async with RawServer([echo]) as server:
        transport = Transport()

        async def one(number):
            body = b"%d" % number
            return await read(await call(transport, server.url, body=body)) == body

        for _ in range(4):
            assert all(await asyncio.gather(*map(one, range(100))))
        assert transport.pool.open == transport.pool.idle <= 100
        await transport.aclose()


async def test_closing_the_transport_ends_calls_under_way():
    begun = asyncio.Event()
    async with RawServer([request, OK[:-1], says(begun), gone]) as server:
        transport = Transport()
        reading = asyncio.ensure_future(fetch(transport, server.url))
        await begun.wait()
        await transport.aclose()
        with pytest.raises(httpx.TransportError):
            await reading
        await server.all_gone()
        with pytest.raises(httpx.ConnectError):
            await fetch(transport, server.url)


async def test_a_connection_that_is_made_while_the_transport_closes_is_closed():
    async with RawServer([gone]) as server:
        transport = Transport()
        calling = asyncio.ensure_future(fetch(transport, server.url))
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(httpx.ConnectError):
            await calling
        await server.all_gone()


async def test_nothing_is_left_unclosed_behind():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with RawServer([request, OK, gone]) as server:
            transport = Transport()
            await fetch(transport, server.url)
            await transport.aclose()
            await server.all_gone()
        del transport
        gc.collect()


async def test_the_environments_proxy_is_not(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with RawServer([request, OK, gone]) as server, Transport() as transport:
        assert await fetch(transport, server.url) == b"ok"
