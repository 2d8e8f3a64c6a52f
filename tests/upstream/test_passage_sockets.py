"""Reads take the short way on every loop and transport, and the connection is its own again when the answer is whole."""

import asyncio
import ssl
import time

import httpx
import pytest
import trustme
import uvloop

from proxy.codecs.event_template import EventTemplate
from proxy.upstream.origin import Origin
from proxy.upstream.passage import Chunks, Passage
from proxy.upstream.transport import Transport, trusting_context
from tests.support.rawserver import RawServer, answer, gone, request

HEAD, TAIL = b'data: {"t":"', b'"}\n\n'
OPENED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
FRAMES = [HEAD + b"%d" % number + TAIL for number in range(6)]


class Backlog:
    write_paused = False
    is_deserted = False


class Sink:
    """Whoever counts: all that comes is kept, in two lists; after each piece the server may go on."""

    def __init__(self):
        self.taken, self.passed = [], []
        self.heard, self.ended = asyncio.Event(), asyncio.Event()
        chunks = Chunks(self._pass, Backlog())
        self._passage = Passage(
            EventTemplate(HEAD, b"", TAIL), chunks, time.monotonic, self._halted
        )
        self._passage.room = 1000

    def take(self, data):
        self.taken.append(data)
        self.heard.set()
        return self._passage if data.count(HEAD) == 1 else None

    def over(self, error):
        self.error = error
        self.ended.set()

    def _pass(self, data):
        self.passed.append(data)
        self.heard.set()

    def _halted(self, failure):
        raise AssertionError(failure)


def chunk(body):
    return b"%x\r\n%b\r\n" % (len(body), body)


def one_by_one(sink, reads):
    """Steps of a server that waits with each read until the last was heard."""

    async def step(peer):
        for read in reads:
            await peer.write(read)
            await sink.heard.wait()
            sink.heard.clear()
        await peer.write(b"0\r\n\r\n")

    return step


async def asked(transport, server):
    origin = Origin.of(httpx.URL(server.url))
    head = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
    return await transport.exchange(origin, "GET", head, b"")


async def streamed(tls, trusting):
    """What of an open stream went which way, over how many connections, and what the next answer was."""
    sink = Sink()
    reads = [OPENED + chunk(FRAMES[0]), *map(chunk, FRAMES[1:]), chunk(b"data: [DONE]\n\n")]
    script = [request, one_by_one(sink, reads), request, answer(b"next"), gone]
    async with RawServer(script, tls=tls, name="localhost" if tls else None) as server:
        transport = Transport(ssl_context=trusting)
        exchange = await asked(transport, server)
        exchange.flow(sink)
        await sink.ended.wait()
        following = await (await asked(transport, server)).take(None)
        await transport.aclose()
        await server.all_gone()
        return sink, following, server.accepted


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
@pytest.mark.parametrize("is_secret", [False, True])
def test_an_open_stream_takes_the_short_way(loop, is_secret):
    authority, tls, trusting = trustme.CA(), None, trusting_context()
    if is_secret:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        authority.configure_trust(trusting)
    with asyncio.Runner(loop_factory=loop) as runner:
        sink, following, accepted = runner.run(streamed(tls, trusting))

    assert (sink.error, following, accepted) == (None, b"next", 1)
    # The first was here before anybody took it.
    assert sink.taken == [*FRAMES[:2], b"data: [DONE]\n\n"]
    assert sink.passed == [*map(chunk, FRAMES[2:])]
