import asyncio
import contextlib

import pytest

from proxy.sim import connection
from proxy.sim.connection import Connection, Exchange, RequestError
from tests.support.rawclient import RawClient, request
from tests.support.webserver import on_each_loop


@contextlib.asynccontextmanager
async def pair():
    """A client and the server's side of one connection."""
    accepted = asyncio.get_running_loop().create_future()

    def accept(reader, writer):
        accepted.set_result((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    client = await RawClient.connect(server.sockets[0].getsockname())
    reader, writer = await accepted
    try:
        yield client, Connection(reader, writer, 1)
    finally:
        await client.close()
        writer.close()
        server.close()
        await server.wait_closed()


async def test_a_request_is_read():
    async with pair() as (client, server):
        await client.send(request("POST", "/v1/x?beta=true", "X-Api-Key: abc", body=b"hello"))
        read = await server.next()

    assert (read.method, read.path, read.body) == ("POST", "/v1/x", b"hello")
    assert read.headers["x-api-key"] == "abc"
    assert (read.keep_alive, read.chunks) == (True, True)


async def test_a_request_in_single_bytes_is_the_same():
    async with pair() as (client, server):
        reading = asyncio.ensure_future(server.next())
        for byte in request("POST", "/a", "x-b: c", body=b"hello"):
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        read = await reading

    assert (read.path, read.headers["x-b"], read.body) == ("/a", "c", b"hello")


async def test_a_request_of_chunks_is_joined():
    async with pair() as (client, server):
        head = request("POST", "/a", "transfer-encoding: chunked")
        await client.send(head + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
        read = await server.next()

    assert read.body == b"hello"


async def test_requests_sent_together_are_read_in_order():
    async with pair() as (client, server):
        await client.send(request(path="/a") + request(path="/b"))
        paths = [(await server.next()).path, (await server.next()).path]

    assert paths == ["/a", "/b"]


async def test_the_end_is_none():
    async with pair() as (client, server):
        await client.close()

        assert await server.next() is None


@pytest.mark.parametrize("ending", ["finish_sending", "reset"])
async def test_a_peer_that_leaves_is_noticed(ending):
    async with pair() as (client, server):
        getattr(client, ending)()

        await server.gone()


async def test_a_request_that_comes_early_waits_its_turn():
    async with pair() as (client, server):
        await client.send(request(path="/early"))
        client.finish_sending()
        await server.gone()
        read = await server.next()

    assert read.path == "/early"


async def test_a_peer_that_talks_nonsense_is_as_good_as_gone():
    async with pair() as (client, server):
        await client.send(b"\x00\x01\r\n\r\n")

        await server.gone()


async def test_nonsense_is_refused():
    async with pair() as (client, server):
        await client.send(b"\x00\x01\r\n\r\n")

        with pytest.raises(RequestError, match="not an HTTP request") as caught:
            await server.next()

    assert caught.value.status == 400


async def test_a_request_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(connection, "MAX_REQUEST", 1000)
    async with pair() as (client, server):
        await client.send(b"GET / HTTP/1.1\r\nx-long: " + b"a" * 2000)

        with pytest.raises(RequestError, match="longer than 1000 bytes") as caught:
            await server.next()

    assert caught.value.status == 413


async def test_a_peer_that_waits_for_leave_to_send_gets_it():
    async with pair() as (client, server):
        head = request("POST", "/a", "expect: 100-continue", "content-length: 5")
        await client.send(head)
        reading = asyncio.ensure_future(server.next())
        leave = await client.head()
        await client.send(b"hello")
        read = await reading

    assert (leave.status, read.body) == (100, b"hello")


async def test_a_peer_that_does_not_wait_for_leave_gets_none():
    async with pair() as (client, server):
        await client.send(request("POST", "/a", "expect: 100-continue", body=b"hello"))
        await server.next()
        await Exchange(server.writer, chunks=True, keep_alive=True).reply(200, (), b"ok")

        assert (await client.head()).status == 200


async def test_a_body_of_chunks_ends_with_the_last_chunk():
    async with pair() as (client, server):
        exchange = Exchange(server.writer, chunks=True, keep_alive=True)
        exchange.begin(200, (("x-a", "b"),))
        await exchange.write(b"hello")
        await exchange.finish()
        response = await client.response()

    assert (response.header("x-a"), response.body, response.complete) == ("b", b"hello", True)
    assert exchange.reusable


async def test_a_body_of_known_length_is_not_chunked():
    async with pair() as (client, server):
        exchange = Exchange(server.writer, chunks=True, keep_alive=False)
        await exchange.reply(404, (), b"nothing")
        await exchange.finish()
        response = await client.response()

    assert (response.status, response.body) == (404, b"nothing")
    assert response.header("transfer-encoding") is None
    assert response.header("connection") == "close"


async def test_an_old_peer_reads_until_the_connection_ends():
    async with pair() as (client, server):
        await client.send(b"GET /a HTTP/1.0\r\n\r\n")
        read = await server.next()
        exchange = Exchange(server.writer, chunks=read.chunks, keep_alive=read.keep_alive)
        exchange.begin(200, ())
        await exchange.write(b"hello")
        await exchange.finish()
        server.writer.close()
        response = await client.response()

    assert response.header("transfer-encoding") is None
    assert response.body == b"hello"
    assert not exchange.reusable


async def test_a_status_without_a_name_is_sent():
    async with pair() as (client, server):
        await Exchange(server.writer, chunks=True, keep_alive=True).reply(529, (), b"{}")

        assert (await client.head()).status == 529


async def test_a_cut_promises_more_than_it_sends():
    async with pair() as (client, server):
        exchange = Exchange(server.writer, chunks=True, keep_alive=True)
        exchange.begin(200, ())
        await exchange.write(b"whole")
        await exchange.cut(b"12345678")
        response = await client.response()

    assert (response.chunks, response.complete) == ([b"whole"], False)
    assert not exchange.reusable


async def test_a_cut_of_an_unchunked_body_is_just_short():
    async with pair() as (client, server):
        exchange = Exchange(server.writer, chunks=False, keep_alive=True)
        exchange.begin(200, (("x-a", "b"),))
        await exchange.cut(b"12345678")
        response = await client.response()

    assert response.body == b"1234"


async def test_a_cut_before_the_head_says_nothing_at_all():
    async with pair() as (client, server):
        await Exchange(server.writer, chunks=True, keep_alive=True).cut(b"12345678")

        assert await client.read() == b""


async def test_a_reset_is_a_reset():
    async with pair() as (client, server):
        exchange = Exchange(server.writer, chunks=True, keep_alive=True)
        exchange.reset()

        with pytest.raises(ConnectionResetError):
            await client.read()

    assert not exchange.reusable


@on_each_loop
async def test_what_is_written_to_a_peer_that_has_gone_is_refused():
    async with pair() as (_, server):
        exchange = Exchange(server.writer, chunks=True, keep_alive=True)
        exchange.begin(200, ())
        server.writer.transport.abort()
        await asyncio.sleep(0)

        with pytest.raises(ConnectionResetError):
            await exchange.write(b"hello")
