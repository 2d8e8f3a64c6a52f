"""What gathers below a connection is read in one piece, on every loop and transport, and nothing of it lies unread."""

import asyncio
import os
import socket
import ssl

import httpx
import pytest
import trustme
import uvloop

from proxy.upstream import http1, low_water
from proxy.upstream.http1 import READ_SIZE
from proxy.upstream.origin import Origin
from proxy.upstream.transport import Transport, trusting_context
from tests.support.calling import reached, turns
from tests.support.rawserver import RawServer, answer, gone, request, reset, until
from tests.support.turns import HANGS

OPENED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
PIECES = [b"4\r\nab%02d\r\n" % number for number in range(30)]
SAID = b"".join(b"ab%02d" % number for number in range(30))
END = b"0\r\n\r\n"
HEEDED = [True] * low_water.is_heeded()
"""Not every system lets bytes gather; on the others reading is stopped."""
HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Sink:
    """Keeps each read apart."""

    def __init__(self):
        self.taken, self.is_over, self.error = [], False, None

    def take(self, data):
        self.taken.append(data)

    def over(self, error):
        self.is_over, self.error = True, error


class Scene:
    """An answer that gathers from its first byte on."""

    def __init__(self, *script, tls=None, trusting=None):
        name = "localhost" if tls else None
        self.server = RawServer([request, *script, gone], tls=tls, name=name)
        self.transport = Transport(ssl_context=trusting or trusting_context())
        self.sink = Sink()

    async def __aenter__(self):
        await self.server.__aenter__()
        connection = await self.transport._connect(self.origin, None)
        self.exchange = connection.send("GET", HEAD, b"")
        self.exchange.flow(self.sink)
        self.exchange.gather()
        return self

    async def __aexit__(self, *error):
        await self.transport.aclose()
        await self.server.__aexit__(*error)

    @property
    def origin(self):
        return Origin.of(httpx.URL(self.server.url))


def pieces(written):
    """A step that writes them one by one."""

    async def step(peer):
        for piece in (OPENED, *PIECES):
            await peer.write(piece)
            await asyncio.sleep(0)
        written.set()

    return step


async def gathered(tls, trusting):
    """The reads of an answer before and after it has gathered, and the next answer on its connection."""
    written, ending = asyncio.Event(), asyncio.Event()
    script = (pieces(written), until(ending), END, request, answer(b"next"))
    async with Scene(*script, tls=tls, trusting=trusting) as scene:
        await written.wait()
        await turns(50)
        before = list(scene.sink.taken)
        scene.exchange.gathered()
        await reached(lambda: b"".join(scene.sink.taken) == SAID)
        ending.set()
        await reached(lambda: scene.sink.is_over)
        following = await scene.transport.exchange(scene.origin, "GET", HEAD, b"")
        return before, scene.sink, await following.take(None), scene.server.accepted


def secrets(is_secret):
    """What a server and a transport need for TLS, or for none."""
    authority, tls, trusting = trustme.CA(), None, trusting_context()
    if is_secret:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        authority.configure_trust(trusting)
    return tls, trusting


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("is_secret", [False, True])
@pytest.mark.parametrize("is_heeded", [False, *HEEDED])
def test_what_gathers_is_read_in_one_piece(loop, is_secret, is_heeded, monkeypatch):
    monkeypatch.setattr(low_water, "is_heeded", lambda: is_heeded)
    with asyncio.Runner(loop_factory=loop) as runner:
        before, sink, following, accepted = runner.run(gathered(*secrets(is_secret)))

    assert before == []
    assert len(sink.taken) < len(PIECES) / 2
    assert (sink.error, following, accepted) == (None, b"next", 1)


@pytest.mark.parametrize("_", HEEDED)
async def test_what_is_more_than_a_read_is_read_though_it_gathers(_):
    size = 4 * READ_SIZE
    async with Scene(answer(b"x" * size)) as scene:
        await reached(lambda: sum(map(len, scene.sink.taken)) > size - READ_SIZE)
        scene.exchange.gathered()
        await reached(lambda: scene.sink.is_over)

        assert sum(map(len, scene.sink.taken)) == size


class Hasty(Sink):
    """Takes breath after each read."""

    def take(self, data):
        super().take(data)
        self.exchange.breathe()


async def fin(peer):
    """The end of what is sent, below TLS, which is not told of it."""
    with socket.socket(fileno=os.dup(peer.writer.get_extra_info("socket").fileno())) as ending:
        ending.shutdown(socket.SHUT_WR)


async def ended(answered, end, tls, trusting):
    """The sink of an answer that ends with its connection, in the middle of a breath; what is open then; what the loop complains of."""
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    scene = Scene(answered, end, tls=tls, trusting=trusting)
    scene.sink = Hasty()
    async with scene:
        scene.sink.exchange = scene.exchange
        scene.exchange.gathered()
        await reached(lambda: scene.sink.is_over)
        await reached(lambda: not scene.transport.pool.open)
    return scene.sink, complaints


UNSIZED = b"HTTP/1.1 200 OK\r\n\r\nabc"
SIZED = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("is_secret", [False, True])
@pytest.mark.parametrize("answered", [UNSIZED, SIZED])
@pytest.mark.parametrize("end", [fin, reset])
@pytest.mark.parametrize("_", HEEDED)
def test_the_end_of_a_connection_is_heard_though_it_gathers(loop, is_secret, answered, end, _):
    for _ in range(5):
        with asyncio.Runner(loop_factory=loop) as runner:
            sink, complaints = runner.run(
                asyncio.wait_for(ended(answered, end, *secrets(is_secret)), HANGS)
            )

        assert complaints == []
        assert (sink.error is None) == (answered == UNSIZED and end is fin)


async def looked():
    """Whether what has gathered is read in the second turn of the loop after it was asked for."""
    written, seen = asyncio.Event(), asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    async with Scene(pieces(written), until(asyncio.Event())) as scene:
        await written.wait()

        def look():
            scene.exchange.gathered()
            loop.call_soon(loop.call_soon, lambda: seen.set_result(b"".join(scene.sink.taken)))

        loop.call_later(0.002, look)
        return await seen


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_has_gathered_is_read_in_the_next_turn_of_the_loop(loop):
    with asyncio.Runner(loop_factory=loop) as runner:
        said = runner.run(looked())

    assert said
    assert SAID.startswith(said)


@pytest.mark.parametrize("_", HEEDED)
async def test_an_answer_that_ends_as_it_gathers_leaves_nothing_behind_for_the_next(_, monkeypatch):
    monkeypatch.setattr(http1, "READ_SIZE", 1000)
    async with Scene(answer(b"x" * 5000), request, answer(b"next")) as scene:
        await reached(lambda: scene.sink.is_over)
        following = await scene.transport.exchange(scene.origin, "GET", HEAD, b"")

        assert (await following.take(None), scene.server.accepted) == (b"next", 1)
