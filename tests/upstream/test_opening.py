"""Calls whose connection is still being opened: when they go out, and what becomes of them where there is none."""

import asyncio

import httpx
import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import HttpCall
from proxy.upstream.client import Upstream
from proxy.upstream.opening import Opening
from proxy.upstream.transport import Transport
from tests.support.calling import reached, turns
from tests.support.rawserver import RawServer, answer, gone, request, reset, says

HELLO = answer(b"hello")


class Scene:
    """A door to one server, to which no connection is open."""

    def __init__(self, server, body=b"{}"):
        self.transport = Transport()
        self.upstream = Upstream(self.transport)
        self.heard = 0
        self.sent = self.upstream.begin(HttpCall(server.url, (), body), connect_timeout=60.0)
        self.sent.listen(self.hear)

    def hear(self):
        self.heard += 1

    async def reply(self, by=None):
        return await self.upstream.heard(self.sent, connect_timeout=60.0, by=by)

    async def failure(self):
        with pytest.raises(ProxyError) as caught:
            await self.reply()
        return caught.value.kind


class Line:
    """A connection that nobody needs, or that never comes to be."""

    def __init__(self, error=None):
        self.error = error
        self.asked = self.left = 0

    async def __call__(self):
        self.asked += 1
        if self.error is not None:
            raise self.error
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.left += 1


def opening(line):
    return Opening(line, "POST", b"POST / HTTP/1.1\r\n\r\n", b"")


def soon():
    return asyncio.get_running_loop().time() + 0.01


async def test_a_call_goes_out_when_its_connection_is_open_and_its_answer_is_heard():
    async with RawServer([request, HELLO, gone]) as server:
        scene = Scene(server)
        before = scene.sent.is_awaited, scene.transport.pool.open
        await reached(lambda: scene.heard)

        assert before == (True, 0)
        assert scene.sent.exchange.served[1] == b"hello"
        assert scene.transport.pool.idle == 1

        await scene.upstream.aclose()


async def test_whoever_waits_for_it_gets_the_answer():
    async with RawServer([request, HELLO, gone]) as server:
        scene = Scene(server)
        reply = await scene.reply()

        assert (reply.status, await reply.read(9)) == (200, b"hello")
        assert not scene.sent.carrier.owes(scene.sent.exchange)

        await scene.upstream.aclose()


async def test_a_long_request_is_sent_to_its_end_before_its_answer_is_waited_for():
    came = asyncio.Event()
    async with RawServer([request, says(came), HELLO, gone]) as server:
        scene = Scene(server, b"x" * 5_000_000)
        reply = await scene.reply()

        assert came.is_set()
        assert await reply.read(9) == b"hello"

        await scene.upstream.aclose()


async def test_where_nobody_takes_connections_the_exchange_fails_and_none_is_asked_for_again():
    async with RawServer() as server:
        pass
    scene = Scene(server)
    await reached(lambda: scene.heard)

    assert (scene.heard, scene.sent.is_over, scene.sent.may_repeat) == (1, True, False)
    assert await scene.failure() is Kind.CONNECT
    assert scene.transport.pool.open == 0


async def test_a_failure_is_told_to_whoever_waits():
    async with RawServer() as server:
        pass

    assert await Scene(server).failure() is Kind.CONNECT


async def test_a_connection_that_was_never_idle_and_is_lost_is_not_opened_again():
    async with RawServer([request, reset], [request, HELLO]) as server:
        scene = Scene(server)

        assert await scene.failure() is Kind.RESET
        assert server.accepted == 1


async def test_giving_a_call_up_ends_the_dialling():
    line = Line()
    waiting = opening(line)
    await turns(2)
    waiting.exchange.close()
    await turns(2)

    assert (line.asked, line.left) == (1, 1)
    assert waiting.exchange.over


async def test_a_call_that_is_given_up_at_once_dials_nobody():
    line = Line()
    waiting = opening(line)
    waiting.exchange.close()
    await turns(2)

    assert line.asked == 0


async def test_the_time_for_an_answer_is_over_before_there_is_a_connection():
    line = Line()
    waiting = opening(line)
    with pytest.raises(TimeoutError):
        await waiting.sent(soon())
    await turns(2)

    assert (line.left, waiting.exchange.over) == (1, True)


async def test_leaving_the_wait_ends_the_dialling():
    line = Line()
    waiting = opening(line)
    task = asyncio.ensure_future(waiting.sent(None))
    await turns(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns(2)

    assert line.left == 1


async def test_a_failure_of_ours_is_logged_and_ends_the_call(caplog):
    waiting = opening(Line(ValueError("a bug")))
    heard = []
    waiting.exchange.listen(lambda: heard.append(waiting.exchange.over))
    await turns(2)

    assert heard == [True]
    assert "a bug" in caplog.text
    with pytest.raises(httpx.ConnectError):
        await waiting.exchange.head(None)


async def test_a_transport_that_is_closed_meanwhile_gives_no_connection():
    async with RawServer([gone]) as server:
        scene = Scene(server)
        await scene.upstream.aclose()

        assert await scene.failure() is Kind.CONNECT
