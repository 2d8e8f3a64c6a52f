"""Calls that go out at once: what is heard of them, and how a wait goes on with one."""

import asyncio

import httpx
import pytest

from proxy.core.credential import GoogleAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import HttpCall
from proxy.upstream.client import Upstream
from proxy.upstream.transport import Transport
from tests.support.calling import reached
from tests.support.rawserver import RawServer, answer, gone, request, reset, says, until

HELLO = answer(b"hello")
BEGUN = b"HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 5\r\n\r\n"


class Scene:
    """A door to one server, to which a connection is open and idle."""

    def __init__(self, server):
        self.server = server
        self.call = HttpCall(server.url, (("x-team", "blue"),), b"{}")
        self.transport = Transport()
        self.upstream = Upstream(self.transport)
        self.heard = 0

    async def open(self):
        reply = await self.upstream.send(self.call, connect_timeout=60.0)
        await reply.read(1000)
        assert self.transport.pool.idle == 1
        return self

    async def open_two(self, ready):
        """As `open`, with two connections; the server answers the first when `ready` is set."""
        first = asyncio.ensure_future(self.upstream.send(self.call, connect_timeout=60.0))
        # Of two that dial at once either may be accepted first.
        await reached(lambda: self.server.requests)
        second = await self.upstream.send(self.call, connect_timeout=60.0)
        await second.read(1000)
        ready.set()
        await (await first).read(1000)
        assert self.transport.pool.idle == 2

    def begin(self, *, soon=False):
        """Send, and listen."""
        sent = self.upstream.begin(self.call, connect_timeout=60.0, soon=soon)
        sent.listen(self.hear)
        return sent

    def hear(self):
        self.heard += 1

    async def reply(self, sent, by=None):
        return await self.upstream.heard(sent, connect_timeout=60.0, by=by)

    async def failure(self, sent):
        with pytest.raises(ProxyError) as caught:
            await self.reply(sent)
        return caught.value.kind

    async def close(self):
        await self.upstream.aclose()


@pytest.mark.parametrize("soon", [False, True])
async def test_a_call_is_out_in_the_turn_that_sent_it_or_behind_it_and_its_answer_is_heard(soon):
    async with RawServer([request, HELLO, request, HELLO, gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin(soon=soon)
        before = sent.exchange.served
        await reached(lambda: scene.heard)

        assert before is None
        head, body = sent.exchange.served
        assert (body, sent.body, sent.exchange.headers) == (
            b"hello",
            b"hello",
            [(b"content-length", b"5")],
        )
        assert head.fields == {}
        assert server.requests[0] == server.requests[1]
        assert (scene.heard, scene.transport.pool.idle) == (1, 1)

        await scene.close()


async def test_looking_takes_nothing_from_whoever_goes_on():
    async with RawServer([request, HELLO, request, BEGUN, b"he", b"llo", gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: scene.heard)
        seen = sent.exchange.served, sent.body
        sent.listen(None)
        reply = await scene.reply(sent)

        assert seen[0] is None
        assert (reply.status, reply.headers["x-a"]) == (200, "b")
        assert await reply.read(100) == b"hello"
        assert (scene.heard, scene.transport.pool.idle) == (1, 1)

        await scene.close()


async def test_what_is_answered_need_not_be_kept():
    async with RawServer([request, HELLO, request, HELLO, gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: scene.heard)
        sent.forget()

        assert (sent.call.url, sent.call.body, sent.body) == ("", b"", b"hello")

        await scene.close()


async def test_an_answer_that_is_no_success_is_not_served():
    async with RawServer(
        [request, HELLO, request, answer(b"no", status=b"500 No"), gone]
    ) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: scene.heard)
        served, reply = sent.exchange.served, await scene.reply(sent)

        assert (served, reply.status, await reply.read(9)) == (None, 500, b"no")

        await scene.close()


async def test_a_call_that_is_given_up_closes_its_connection():
    async with RawServer([request, HELLO, request, gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        sent.listen(None)
        sent.close()
        await server.all_gone()

        assert scene.heard == 0
        await scene.close()


async def test_whoever_listens_hears_that_no_answer_will_come():
    async with RawServer([request, HELLO, request, reset], [request, HELLO]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: scene.heard)

        assert (sent.exchange.served, sent.body) == (None, b"")

        await scene.close()


@pytest.mark.parametrize("end", [[reset], []], ids=["reset", "closed"])
async def test_a_call_is_sent_once_more_if_its_connection_is_lost_without_a_byte(end):
    scripts = [request, HELLO, request, *end], [request, HELLO, gone]
    async with RawServer(*scripts) as server:
        scene = await Scene(server).open()
        reply = await scene.reply(scene.begin())

        assert await reply.read(9) == b"hello"
        assert server.requests == [server.requests[0]] * 3

        await scene.close()


async def test_a_call_is_sent_once_more_on_a_connection_that_was_used_for_nothing():
    """Of those that are idle the next may be lost as well."""
    ready = asyncio.Event()
    first = [request, until(ready), HELLO, request]
    async with RawServer(first, [request, HELLO, request], [request, HELLO, gone]) as server:
        scene = Scene(server)
        await scene.open_two(ready)
        reply = await scene.reply(scene.begin())

        assert await reply.read(9) == b"hello"
        assert (server.accepted, len(server.requests)) == (3, 4)

        await scene.close()


async def test_after_a_byte_a_lost_connection_is_a_failure():
    async with RawServer([request, HELLO, request, b"HTTP/1.1 2", reset], [gone]) as server:
        scene = await Scene(server).open()

        assert await scene.failure(scene.begin()) is Kind.RESET
        assert server.accepted == 1

        await scene.close()


async def test_what_is_no_http_is_a_failure():
    async with RawServer([request, HELLO, request, b"SMTP ready\r\n\r\n", gone]) as server:
        scene = await Scene(server).open()

        assert await scene.failure(scene.begin()) is Kind.MALFORMED

        await scene.close()


async def test_a_server_that_is_gone_when_a_call_is_sent_once_more_says_so():
    async with RawServer([request, HELLO, request, gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: len(server.requests) == 2)

    assert await scene.failure(sent) is Kind.CONNECT

    await scene.close()


async def test_silence_ends_the_wait_and_the_connection():
    async with RawServer([request, HELLO, request, gone]) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        with pytest.raises(TimeoutError):
            await scene.reply(sent, by=asyncio.get_running_loop().time() + 0.01)
        await server.all_gone()

        await scene.close()


async def test_leaving_the_wait_closes_the_connection():
    async with RawServer([request, HELLO, request, gone]) as server:
        scene = await Scene(server).open()
        waiting = asyncio.ensure_future(scene.reply(scene.begin()))
        await reached(lambda: len(server.requests) == 2)
        waiting.cancel()
        await server.all_gone()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        await scene.close()


async def test_a_request_of_somebody_else_on_the_same_connection_is_not_waited_for():
    """Its answer is here, so the connection is another's, whose body may be long on its way."""
    read = asyncio.Event()
    script = [request, HELLO, request, answer(b"no", status=b"500 No"), until(read), gone]
    async with RawServer(script, receive_buffer=4096) as server:
        scene = await Scene(server).open()
        sent = scene.begin()
        await reached(lambda: scene.heard)
        great = HttpCall(scene.call.url, (), b"x" * 8_000_000)
        other = scene.upstream.begin(great, connect_timeout=60.0)
        is_owed = other.carrier.owes(other.exchange), sent.carrier.owes(sent.exchange)
        reply = await scene.reply(sent)

        assert is_owed == (True, False)
        assert await reply.read(9) == b"no"
        other.close()
        read.set()

        await scene.close()


async def test_a_long_request_is_sent_to_its_end_before_its_answer_is_waited_for():
    came = asyncio.Event()
    async with RawServer([request, HELLO, request, says(came), HELLO, gone]) as server:
        scene = await Scene(server).open()
        scene.call = HttpCall(scene.call.url, (), b"x" * 5_000_000)
        reply = await scene.reply(scene.begin())

        assert came.is_set()
        assert await reply.read(9) == b"hello"
        assert len(server.requests[1][1]) == 5_000_000

        await scene.close()


async def test_a_call_is_begun_with_a_credential_that_is_at_hand():
    async with RawServer([*[request, HELLO] * 3, gone]) as server:
        scene = await Scene(server).open()
        auth = GoogleAuth(access_token=Secret("canary-token"))
        scene.call = HttpCall(server.url, (("x-team", "blue"),), b"{}", auth=auth)
        missing = scene.upstream.begin(scene.call, connect_timeout=60.0)
        reply = await scene.upstream.send(scene.call, connect_timeout=60.0)
        await reply.read(9)
        sent = scene.begin()
        reply = await scene.reply(sent)

        assert missing is None
        assert await reply.read(9) == b"hello"
        heads = [head for head, _ in server.requests[1:]]
        assert heads[0] == heads[1]
        assert b"authorization: Bearer canary-token" in heads[1]
        assert sent.call.auth is None

        await scene.close()


async def test_what_takes_more_than_a_connection_is_not_begun():
    async with RawServer([request, HELLO, gone]) as server:
        url = server.url
        scene = await Scene(server).open()
        granted = HttpCall(url, (), b"{}", auth=GoogleAuth())
        other = Upstream(httpx.MockTransport(lambda _: httpx.Response(200)))
        begun = [
            scene.upstream.begin(granted, connect_timeout=60.0),
            scene.upstream.begin(HttpCall("ftp://files.test/", (), b""), connect_timeout=60.0),
            other.begin(scene.call, connect_timeout=60.0),
        ]

        assert begun == [None] * 3
        assert (len(server.requests), scene.transport.pool.idle) == (1, 1)

        await scene.close()


async def test_a_call_that_cannot_be_written_costs_no_connection():
    async with RawServer([request, HELLO, gone]) as server:
        scene = await Scene(server).open()
        odd = HttpCall(server.url, (("x-a", "1\r\nx-b: 2"),), b"{}")
        begun = scene.upstream.begin(odd, connect_timeout=60.0)

        assert (begun, scene.transport.pool.idle) == (None, 1)

        await scene.close()
