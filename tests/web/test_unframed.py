"""What a caller of HTTP/1.0 reads from a raw socket."""

import pytest

from tests.support.rawclient import RawClient, post, request
from tests.support.webserver import on_each_loop, serving


def part(body, *, more=True):
    return {"type": "http.response.body", "body": body, "more_body": more}


async def answer(scope, _receive, send):
    whole = scope["path"] == "/whole"
    headers = [(b"Content-Length", b"6")] if whole else []
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send(part(b"one"))
    await send(part(b""))
    await send(part(b"two", more=scope["path"] == "/cut"))


def old(data):
    return data.replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)


async def heard(data):
    async with serving(answer) as (address, _), await RawClient.connect(address) as client:
        await client.send(data)
        head, _, body = (await client.rest()).partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


@on_each_loop
@pytest.mark.parametrize("asked", [request(path="/stream"), post("/stream")])
async def test_a_stream_has_no_chunks_and_ends_with_the_connection(asked):
    head, body = await heard(old(asked))

    assert body == b"onetwo"
    assert b"connection: close" in head
    assert not any(line.startswith((b"transfer-encoding", b"content-length")) for line in head)


@on_each_loop
async def test_who_asks_to_keep_the_connection_is_told_that_it_ends():
    head, body = await heard(old(request("GET", "/stream", "connection: keep-alive")))

    assert body == b"onetwo"
    assert b"connection: close" in head


@on_each_loop
async def test_a_whole_answer_keeps_its_length():
    head, body = await heard(old(request(path="/whole")))

    assert body == b"onetwo"
    assert b"content-length: 6" in head
    assert b"connection: close" in head


@on_each_loop
async def test_the_head_alone_is_answered_by_a_head():
    head, body = await heard(old(request("HEAD", "/stream")))

    assert head[0].endswith(b"200 OK")
    assert body == b""


@on_each_loop
async def test_an_answer_that_breaks_off_ends_the_connection_too():
    _, body = await heard(old(request(path="/cut")))

    assert body == b"onetwo"


@on_each_loop
async def test_later_callers_get_chunks_as_ever():
    async with serving(answer) as (address, _), await RawClient.connect(address) as client:
        response = await client.ask(request(path="/stream"))

    assert response.header("transfer-encoding") == "chunked"
    assert response.chunks == [b"one", b"two"]
