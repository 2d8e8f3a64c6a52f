import asyncio

import httpx
import pytest
import respx

from proxy import __version__
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from tests.support.rawserver import (
    RawServer,
    answer,
    closed_port,
    gone,
    half_close,
    request,
    reset,
    until,
)

URL = "https://api.test/v1/chat?key=canary-query"
KEY = "canary-key"
CALL = HttpCall(URL, (("authorization", f"Bearer {KEY}"), ("x-team", "blue")), b'{"a":1}')


def mocked(answer, **options):
    return Upstream(httpx.MockTransport(answer), **options)


def replying(*args, **kwargs):
    return mocked(lambda _: httpx.Response(*args, **kwargs))


def failing(error):
    def answer(_):
        raise error

    return mocked(answer)


async def send(upstream, call=CALL):
    return await upstream.send(call, connect_timeout=60.0)


async def failure_of(upstream, call=CALL):
    with pytest.raises(ProxyError) as caught:
        await send(upstream, call)
    return caught.value


class Broken(httpx.AsyncByteStream):
    """A body that ends in an error."""

    def __init__(self, *parts, error):
        self.parts = parts
        self.error = error
        self.closed = 0

    async def __aiter__(self):
        for part in self.parts:
            yield part
        raise self.error

    async def aclose(self):
        self.closed += 1


async def test_a_request_says_what_it_must_and_carries_what_it_was_given():
    seen = []

    def answer(sent):
        seen.append(sent)
        return httpx.Response(200, json={})

    await send(mocked(answer))
    (sent,) = seen

    assert (sent.method, str(sent.url), sent.content) == ("POST", URL, b'{"a":1}')
    assert dict(sent.headers) == {
        "host": "api.test",
        "user-agent": f"firstbyte/{__version__}",
        "accept-encoding": "identity",
        "content-length": "7",
        "authorization": f"Bearer {KEY}",
        "x-team": "blue",
    }
    assert sent.extensions["timeout"]["connect"] == 60.0
    assert sent.extensions["timeout"].get("read") is None


async def test_nobody_above_sets_the_headers_of_the_connection():
    seen = []

    def answer(sent):
        seen.append(sent)
        return httpx.Response(200)

    headers = (
        ("host", "evil.test"),
        ("accept-encoding", "gzip"),
        ("content-length", "999"),
        ("transfer-encoding", "chunked"),
        ("connection", "close"),
        ("user-agent", "other"),
        ("x-kept", "é"),
    )
    await send(mocked(answer), HttpCall("http://api.test:81/", headers, b"", method="GET"))

    assert seen[0].headers.raw == [
        (b"host", b"api.test:81"),
        (b"user-agent", f"firstbyte/{__version__}".encode()),
        (b"accept-encoding", b"identity"),
        (b"x-kept", b"\xe9"),
    ]


async def test_a_reply_has_lower_case_headers_without_breaks():
    headers = [(b"X-One", b"1"), (b"x-one", b"2"), (b"X-Latin", b"\xe9"), (b"x-bad", b"a\r\nb: c")]
    reply = await send(replying(201, headers=headers, content=b"body"))

    assert reply.status == 201
    assert reply.headers["x-one"] == "1, 2"
    assert reply.headers["x-latin"] == "é"
    assert "x-bad" not in reply.headers
    assert await reply.read(4) == b"body"


async def test_a_body_of_just_the_limit_is_read_and_one_byte_more_is_oversized():
    assert await (await send(replying(200, content=b"12345"))).read(5) == b"12345"
    reply = await send(replying(200, content=b"123456"))
    with pytest.raises(ProxyError) as caught:
        await reply.read(5)

    assert caught.value.kind is Kind.OVERSIZED
    assert "api.test" in caught.value.message


@pytest.mark.parametrize("coding", ["gzip", "br", "Zstd", "identity, gzip"])
async def test_a_compressed_answer_is_malformed_and_let_go(coding):
    stream = Broken(error=AssertionError("nobody reads it"))
    failure = await failure_of(replying(200, headers={"content-encoding": coding}, stream=stream))

    assert (failure.kind, failure.status) == (Kind.MALFORMED, 200)
    assert stream.closed == 1


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
async def test_identity_encoding_is_no_encoding(coding):
    reply = await send(replying(200, headers={"content-encoding": coding}, content=b"x"))

    assert await reply.read(10) == b"x"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("7", "7"),
        ("0.5", "0.5"),
        ("", ""),
        ("Fri, 15 Jan 2027 08:00:30 GMT", "30"),
        ("Fri, 15 Jan 2100 08:00:30 GMT", "2592000"),
        ("soon", "soon"),
    ],
)
async def test_a_date_to_retry_at_is_told_in_seconds(given, told):
    def answer(_):
        return httpx.Response(429, headers={"retry-after": given})

    reply = await send(mocked(answer, wall=lambda: 1_800_000_000.0))

    assert reply.headers["retry-after"] == told


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError(f"{URL} {KEY}"), Kind.CONNECT),
        (httpx.ConnectTimeout(f"{URL} {KEY}"), Kind.CONNECT_TIMEOUT),
        (httpx.ReadTimeout(f"{URL} {KEY}"), Kind.FIRST_BYTE_TIMEOUT),
        (httpx.RemoteProtocolError(f"{URL} {KEY}"), Kind.MALFORMED),
    ],
)
async def test_a_failure_names_the_host_and_nothing_secret(error, kind):
    failure = await failure_of(failing(error))

    assert failure.kind is kind
    assert "api.test" in failure.message
    assert "canary" not in failure.message + repr(failure)


async def test_a_body_that_breaks_is_named_after_what_came():
    stream = Broken(b"a", b"b", error=httpx.ReadError(KEY))
    reply = await send(replying(200, stream=stream))
    chunks = reply.chunks()

    assert [await anext(chunks), await anext(chunks)] == [b"a", b"b"]
    with pytest.raises(ProxyError) as caught:
        await anext(chunks)
    assert caught.value.kind is Kind.RESET
    assert KEY not in caught.value.message


async def test_silence_in_mid_answer_is_an_idle_timeout():
    reply = await send(replying(200, stream=Broken(error=httpx.ReadTimeout(""))))
    with pytest.raises(ProxyError) as caught:
        await reply.read(10)

    assert caught.value.kind is Kind.IDLE_TIMEOUT


async def test_chunks_may_be_left_and_taken_up_again():
    stream = Broken(b"a", b"b", b"c", error=httpx.ReadError(""))
    reply = await send(replying(200, stream=stream))
    chunks = reply.chunks()
    async for part in chunks:
        assert part == b"a"
        break

    assert await anext(chunks, None) == b"b"
    assert await anext(chunks) == b"c"
    await reply.aclose()
    await reply.aclose()
    assert stream.closed == 2


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("ftp://api.test/", ()),
        ("/v1/chat", ()),
        ("http://api.test:port/?canary", ()),
        ("http://api.test/canary\0", ()),
        ("http://api.test/", (("authorization", "Bearer canary\n"),)),
        ("http://api.test/", (("authorization", "Bearer canary\r\nx: y"),)),
        ("http://api.test/", (("authorization", "Bearer canary\u2026"),)),
        ("http://api.test/", (("x-canary\u2026", "y"),)),
        ("http://api.test/", (("x canary", "y"),)),
    ],
)
async def test_what_cannot_be_sent_is_a_fault_of_the_configuration(url, headers):
    upstream = Upstream(Transport())
    failure = await failure_of(upstream, HttpCall(url, headers, b"{}"))

    assert failure.kind is Kind.MISCONFIGURED
    assert "canary" not in failure.message
    await upstream.aclose()


async def test_a_respx_router_can_stand_in_for_providers():
    router = respx.Router()
    route = router.post("https://api.test/v1/chat").respond(200, json={"ok": True})
    router.get("https://api.test/v1/models").mock(side_effect=httpx.ConnectError)
    upstream = Upstream(httpx.MockTransport(router.async_handler))

    assert await (await send(upstream)).read(100) == b'{"ok":true}'
    assert route.calls.last.request.content == b'{"a":1}'
    models = HttpCall("https://api.test/v1/models", (), b"", method="GET")
    assert (await failure_of(upstream, models)).kind is Kind.CONNECT


# Over real sockets.


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ([request, reset], Kind.RESET),
        ([request, half_close, gone], Kind.RESET),
        ([request, b"<html>", gone], Kind.MALFORMED),
        ([request, b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000, gone], Kind.MALFORMED),
        ([request, b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n", gone], Kind.MALFORMED),
    ],
)
async def test_a_broken_head_is_named(script, kind):
    async with RawServer(script) as server:
        upstream = Upstream(Transport())
        failure = await failure_of(upstream, HttpCall(server.url, (), b"{}"))

        assert failure.kind is kind
        assert f"127.0.0.1:{server.port}" in failure.message
        assert "/v1" not in failure.message


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        ([reset], Kind.RESET),
        ([half_close, gone], Kind.RESET),
        ([b"zzz\r\n", gone], Kind.MALFORMED),
    ],
)
async def test_a_broken_body_is_named(rest, kind):
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    read = asyncio.Event()
    async with RawServer([request, head, b"1\r\nx\r\n", until(read), *rest]) as server:
        upstream = Upstream(Transport())
        reply = await send(upstream, HttpCall(server.url, (), b"{}"))
        chunks = reply.chunks()
        assert await anext(chunks) == b"x"
        read.set()
        with pytest.raises(ProxyError) as caught:
            await anext(chunks)

        assert caught.value.kind is kind
        await reply.aclose()


async def test_a_refused_connection_and_an_unknown_name_say_so():
    upstream = Upstream(Transport())
    with closed_port() as url:
        refused = await failure_of(upstream, HttpCall(url, (), b"{}"))
    unknown = await failure_of(upstream, HttpCall("http://no-such-host.invalid/", (), b"{}"))

    assert (refused.kind, unknown.kind) == (Kind.CONNECT, Kind.CONNECT)
    assert refused.message.endswith("connection refused")
    assert "no-such-host.invalid" in unknown.message
    await upstream.aclose()


async def test_closing_a_reply_in_mid_answer_closes_the_connection():
    script = [request, answer(b"x" * 10)[:-1], gone]
    async with RawServer(script) as server:
        upstream = Upstream(Transport())
        reply = await send(upstream, HttpCall(server.url, (), b"{}"))
        await reply.aclose()
        await reply.aclose()

        await server.all_gone()


async def test_an_oversized_body_closes_the_connection():
    script = [request, answer(b"x" * 1000), gone]
    async with RawServer(script) as server:
        transport = Transport()
        reply = await send(Upstream(transport), HttpCall(server.url, (), b"{}"))
        with pytest.raises(ProxyError):
            await reply.read(10)
        await transport.aclose()
        await server.all_gone()


async def test_the_time_for_the_head_bounds_the_connecting_too():
    async with RawServer([gone]) as server:
        transport = Transport()
        url = server.url.replace("http", "https")
        by = asyncio.get_running_loop().time() + 0.1
        async with asyncio.timeout(30):
            with pytest.raises(TimeoutError):
                await Upstream(transport).send(
                    HttpCall(url, (), b"{}"), connect_timeout=60.0, by=by
                )
            await server.all_gone()

        assert transport.pool.open == 0


async def test_leaving_at_any_moment_closes_the_connection():
    steps = [request, b"HTTP/1.1 200 OK\r\n", b"content-length: 9\r\n\r\n", b"abc", gone]
    for turns in range(0, 40, 3):
        async with RawServer(steps) as server:
            transport = Transport()
            upstream = Upstream(transport)

            async def fetch(upstream=upstream, url=server.url):
                reply = await send(upstream, HttpCall(url, (), b"{}"))
                return await reply.read(100)

            fetching = asyncio.ensure_future(fetch())
            for _ in range(turns):
                await asyncio.sleep(0)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            await server.all_gone()
            await asyncio.sleep(0)

            assert transport.pool.open == 0
