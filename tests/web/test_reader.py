"""What a connection reads: anything that is not plain HTTP is refused, and so is whoever says too much."""

import asyncio

import pytest

from proxy.web.body import read_body
from tests.support.rawclient import post, request
from tests.support.webserver import on_each_loop, serving
from tests.web.test_protocol import Stream, asked, connected, echo, reply, stream_of_two

MATRIX = {
    "both lengths": request("POST", "/", "transfer-encoding: chunked", body=b"0\r\n\r\n"),
    "two lengths": request("POST", "/", "content-length: 1", body=b"ab"),
    "a signed length": request("POST", "/", "content-length: +5") + b"hello",
    "a negative length": request("POST", "/", "content-length: -1"),
    "a huge length": request("POST", "/", "content-length: " + "9" * 40),
    "an unknown coding": request("POST", "/", "transfer-encoding: xchunked") + b"0\r\n\r\n",
    "a coding after chunked": request("POST", "/", "transfer-encoding: chunked, identity"),
    "a coding before chunked": request("POST", "/", "transfer-encoding: gzip, chunked"),
    "a coding in two lines": request(
        "POST", "/", "transfer-encoding: gzip", "transfer-encoding: chunked"
    ),
    "a coding in HTTP/1.0": b"POST / HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": request("GET", "/", "x-a : b"),
    "a NUL": request("GET", "/", "x-a: b\x00c"),
    "a line feed in a chunk extension": request("POST", "/", "transfer-encoding: chunked")
    + b"1;a\nb\r\nx\r\n0\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nhost: a\n\n",
    "a folded header": b"GET / HTTP/1.1\r\nhost: a\r\nx-a: b\r\n c\r\n\r\n",
    "no Host": request(host=None),
    "two Hosts": request("GET", "/", "host: localhost"),
    "a Host with a path": request(host="a/x?y#z"),
    "a Host with a user": request(host="u@a"),
    "an empty Host": request(host=""),
    "a long Host": request(host="a" * 256),
    "an absolute target": request("GET", "http://localhost/"),
    "an asterisk": request("OPTIONS", "*"),
    "CONNECT": request("CONNECT", "localhost:80"),
    "CONNECT with a path": request("CONNECT", "/v1/models"),
    "a fragment": request("GET", "/a#b"),
    "bytes beyond ASCII in the target": request("GET", "/\xe9"),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
}


@pytest.mark.parametrize("case", MATRIX)
@on_each_loop
async def test_what_is_not_plain_http_is_refused_and_hung_up_on(case):
    response, rest = await asked(MATRIX[case])

    assert response.status == 400
    assert response.header("connection") == "close"
    assert response.error["type"] == "invalid_request_error"
    assert response.error["request_id"] == response.header("x-request-id")
    assert rest == b""


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:8080", "a-b.example", "a" * 255]
)
@on_each_loop
async def test_a_well_formed_host_passes(host):
    response, _ = await asked(request(host=host))

    assert response.status == 200


@pytest.mark.parametrize(("count", "status"), [(99, 200), (100, 431)])
@on_each_loop
async def test_a_hundred_headers_with_the_host_are_enough(count, status):
    response, _ = await asked(request("GET", "/", *(f"x-{n}: 1" for n in range(count))))

    assert response.status == status


@pytest.mark.parametrize(("size", "status"), [(31 * 1024, 200), (33 * 1024, 431)])
@on_each_loop
async def test_all_headers_together_have_32_kib(size, status):
    many = [f"x-{n}: {'v' * 1000}" for n in range(size // 1024)]

    assert (await asked(request("GET", "/", *many)))[0].status == status
    assert (await asked(request("GET", "/", f"x-a: {'v' * size}")))[0].status == status


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\nx-a: ", b"GET / HTTP/1.1\r\n", b"GET /?"])
@on_each_loop
async def test_a_head_without_end_is_refused_long_before_it_is_buffered(start):
    async with serving(echo) as (address, _), await connected(address) as client:
        await client.send(start)
        sender = asyncio.ensure_future(_flood(client, b"a" * 1024))
        response = await client.response()
        sent = await sender

    assert response.status in (414, 431)
    assert sent < 2000


async def _flood(client, piece):
    for count in range(2000):
        try:
            await client.send(piece)
        except ConnectionError:
            return count
        await asyncio.sleep(0)
        if client._reader.at_eof() or client._reader._buffer:
            return count
    return 2000


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/" + "p" * 2047, 200),
        ("/" + "p" * 2048, 414),
        ("/p?" + "q" * 8000, 200),
        ("/p?" + "q" * 8192, 414),
    ],
)
@on_each_loop
async def test_a_path_has_2_kib_and_a_target_8(target, status):
    response, _ = await asked(request("GET", target))

    assert response.status == status


@on_each_loop
async def test_a_chunk_extension_or_trailer_without_end_is_refused():
    for start in (b"1;", b"1\r\nx\r\n0\r\nx-a: "):
        async with serving(echo) as (address, _), await connected(address) as client:
            await client.send(request("POST", "/", "transfer-encoding: chunked") + start)
            sender = asyncio.ensure_future(_flood(client, b"a" * 1024))
            response = await client.response()

            assert response.status == 400
            assert await sender < 2000


@on_each_loop
async def test_trailers_never_reach_the_application_as_headers():
    async def app(scope, receive, send):
        await read_body(receive, 100)
        await reply(send, b",".join(name for name, _ in scope["headers"]))

    head = request("POST", "/", "transfer-encoding: chunked")
    response, _ = await asked(head + b"1\r\nx\r\n0\r\nx-firstbyte-key: fb\r\n\r\n", app=app)

    assert response.body == b"host,transfer-encoding"


@on_each_loop
async def test_an_offer_to_upgrade_is_ignored_and_its_body_is_read():
    offer = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABk")
    async with serving(echo) as (address, _), await connected(address) as client:
        first = await client.ask(request("POST", "/a", *offer, body=b"java"))
        second = await client.ask(
            request("POST", "/b", *offer, "transfer-encoding: chunked") + b"2\r\nhi\r\n0\r\n\r\n"
        )
        third = await client.ask(
            request("GET", "/c", "connection: upgrade, close", "upgrade: websocket")
        )

        assert [r.body for r in (first, second, third)] == [
            b"POST /a 4 java",
            b"POST /b 2 hi",
            b"GET /c 0 ",
        ]
        assert third.header("connection") == "close"


async def test_a_client_of_http_1_0_that_offers_to_upgrade_is_answered_in_its_own_version():
    offer = (b"connection: upgrade", b"upgrade: websocket", b"host: localhost", b"\r\n")
    async with serving(stream_of_two) as (address, _), await connected(address) as client:
        await client.send(b"\r\n".join((b"GET / HTTP/1.0", *offer)))
        said = await client.rest()

    assert b"transfer-encoding" not in said
    assert said.endswith(b"\r\n\r\nonetwo")


@on_each_loop
async def test_too_many_requests_ahead_of_their_answers_are_refused():
    stream = Stream()
    async with serving(stream) as (address, _), await connected(address) as client:
        await client.send(post("/stream") + b"".join(request() for _ in range(50)))
        assert (await client.head()).status == 200
        stream.go_on.set()
        while await client.chunk():
            pass
        answers = [await client.response() for _ in range(9)]

    assert [answer.status for answer in answers] == [200] * 8 + [400]
    assert answers[-1].error["code"] == "too_many_pipelined"
