import asyncio
import contextlib
import random
import socket

import httpx
import pytest

from proxy.core.outbox import Outbox
from proxy.upstream.framing import Disconnected, Garbled
from proxy.upstream.http1 import MAX_HEAD, MAX_HEADERS, MOST_HEARD, PIECE, Connection
from proxy.upstream.origin import Origin

CHUNKED = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-empty:\r\n\r\n"
    b'3;name=value;other="a b"\r\nabc\r\n'
    b"0004\r\ndefg\r\n"
    b"0\r\nx-trailer: late\r\nx-status: 500\r\n\r\n"
)
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nabcdefg"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"


class Wire:
    """An asyncio transport that notes what is done to it."""

    def __init__(self, **about):
        self.about = about
        self.written = b""
        self.closing = False
        self.reading = True
        self.buffered = 0

    def set_write_buffer_limits(self, high):
        pass

    def get_extra_info(self, name):
        return self.about.get(name)

    def write(self, data):
        assert not self.closing
        self.written += bytes(data)

    def get_write_buffer_size(self):
        return self.buffered

    def is_closing(self):
        return self.closing

    def abort(self):
        self.closing = True

    def pause_reading(self):
        self.reading = False

    def resume_reading(self):
        self.reading = True


class Line:
    """A connection over a `Wire`, with what became of it."""

    def __init__(self, **about):
        self.released = self.lost = 0
        self.buffer = bytearray(64 * 1024)
        self.connection = Connection(
            Origin("http", "host", 80),
            memoryview(self.buffer),
            Outbox(),
            self._released,
            self._lost,
        )
        self.wire = Wire(**about)
        self.connection.connection_made(self.wire)

    def _released(self, connection):
        self.released += 1

    def _lost(self, connection):
        self.lost += 1

    def send(self, method="POST", body=b"{}"):
        return self.connection.send(method, b"head\r\n\r\n", body)

    def receive(self, data):
        self.buffer[: len(data)] = data
        self.connection.buffer_updated(len(data))


async def answered(exchange):
    """The body of an answer, once its head is here."""
    await exchange.head(None)
    return await whole(exchange)


async def whole(exchange):
    parts = []
    while data := await exchange.take(None):
        parts.append(data)
    return b"".join(parts)


@pytest.mark.parametrize("data", [CHUNKED, SIZED, INTERIM + CHUNKED, INTERIM + SIZED])
async def test_an_answer_is_the_same_however_it_is_split(data):
    splits = [[data], [bytes([byte]) for byte in data]]
    splits += [[data[:at], data[at:]] for at in range(1, len(data))]
    for parts in splits:
        line = Line()
        exchange = line.send()
        for part in parts:
            assert line.released == 0
            line.receive(part)
        await exchange.head(None)

        assert (exchange.status, await whole(exchange)) == (200, b"abcdefg")
        assert (line.released, line.wire.closing) == (1, False)
        assert not any(name == b"x-trailer" for name, _ in exchange.headers)


async def test_an_answer_of_unknown_length_ends_with_the_connection():
    for end in (lambda line: line.connection.eof_received(), lambda line: None):
        line = Line()
        exchange = line.send()
        line.receive(b"HTTP/1.1 200 OK\r\n\r\nabc")
        line.receive(b"def")
        end(line)
        line.connection.connection_lost(None)

        assert await whole(exchange) == b"abcdef"
        assert (line.released, line.lost) == (0, 1)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 204 No Content",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 204 X\r\ncontent-length: 5",
    ],
)
async def test_answers_without_a_body_end_with_their_head(head):
    line = Line()
    exchange = line.send()
    line.receive(head + b"\r\n\r\n")

    assert await whole(exchange) == b""
    assert line.released == 1


async def test_an_answer_to_head_has_no_body_and_ends_the_connection():
    for tail in (b"", b"hello", b"HTTP/1.1 200 OK\r\n"):
        line = Line()
        exchange = line.send("HEAD", b"")
        line.receive(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n" + tail)

        assert (exchange.status, await whole(exchange)) == (200, b"")
        assert (line.released, line.wire.closing) == (0, True)


@pytest.mark.parametrize(
    "tail", [b"x", b"\x00\xff", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 1"]
)
async def test_bytes_after_an_answer_close_the_connection_but_keep_the_answer(tail):
    for data in (SIZED, CHUNKED):
        line = Line()
        exchange = line.send()
        line.receive(data + tail)

        assert await whole(exchange) == b"abcdefg"
        assert (line.released, line.wire.closing) == (0, True)


async def test_bytes_that_nobody_asked_for_close_an_idle_connection():
    for sent in (False, True):
        line = Line()
        if sent:
            line.send()
            line.receive(SIZED)
        assert line.connection.usable
        line.receive(b"x")

        assert line.wire.closing
        assert not line.connection.usable


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
    ],
)
async def test_a_connection_that_the_server_ends_is_not_used_again(head):
    line = Line()
    exchange = line.send()
    line.receive(head)

    assert await whole(exchange) == b""
    assert (line.released, line.wire.closing) == (0, True)


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        b"\x16\x03\x01",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 099 Low\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * (MAX_HEADERS + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n",
    ],
)
async def test_what_is_not_http_is_refused_and_the_connection_closed(data):
    for parts in ([data], [bytes([byte]) for byte in data]):
        line = Line()
        exchange = line.send()
        for part in parts:
            if not line.wire.closing:
                line.receive(part)
        with pytest.raises(Garbled) as caught:
            await answered(exchange)

        assert str(caught.value)
        assert (line.released, line.wire.closing) == (0, True)


OPEN = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = [b"data: %b\n\n" % (b"%d" % at * 200) for at in range(4)]


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


async def test_a_body_is_handed_on_as_its_provider_cut_it():
    line = Line()
    exchange = line.send()
    first, rest = b"".join(map(chunk, EVENTS[:2])), b"".join(map(chunk, EVENTS[2:]))
    line.receive(OPEN + first)
    line.receive(rest[:40])
    line.receive(rest[40:] + b"0\r\n\r\n")

    assert (exchange.complete, line.released) == (True, 1)
    assert exchange.pieces[:2] == EVENTS[:2]
    assert b"".join(exchange.pieces) == b"".join(EVENTS)
    assert exchange.pieces[-1] == EVENTS[3]


async def test_each_answer_of_a_connection_has_its_own_pieces():
    line = Line()
    said = OPEN + b"".join(map(chunk, EVENTS)) + b"0\r\n\r\n"
    for _ in range(3):
        exchange = line.send()
        line.receive(said)

        assert exchange.pieces == EVENTS


@pytest.mark.parametrize("end", [b"zzz\r\n", b"0\r\n\r\nHTTP/1.1 200 OK\r\n"])
async def test_pieces_before_what_is_garbled_are_not_lost_and_not_told_twice(end):
    line = Line()
    exchange = line.send()
    sink = Taker()
    line.receive(OPEN + chunk(EVENTS[0]))
    exchange.flow(sink)
    line.receive(chunk(EVENTS[1]) + chunk(EVENTS[2]) + end)
    line.receive(chunk(EVENTS[3]))
    line.connection.connection_lost(None)

    assert sink.taken == [EVENTS[0], EVENTS[1] + EVENTS[2]]
    assert [type(each) for each in sink.ends] == [Garbled if end == b"zzz\r\n" else type(None)]
    assert line.wire.closing


class Taker:
    """Takes a body; `leaves` is called as it takes a piece."""

    def __init__(self, leaves=lambda: None):
        self.taken, self.ends, self.leaves = [], [], leaves

    def take(self, data):
        self.taken.append(data)
        self.leaves()

    def over(self, error):
        self.ends.append(error)


@pytest.mark.parametrize("end", [b"", b"0\r\n\r\n", b"zzz\r\n"])
async def test_who_leaves_in_the_middle_of_a_read_ends_a_connection_that_is_not_at_its_end(end):
    line = Line()
    exchange = line.send()
    sink = Taker(exchange.close)
    line.receive(OPEN)
    exchange.flow(sink)
    line.receive(chunk(EVENTS[0]) + chunk(EVENTS[1]) + end)
    line.connection.connection_lost(None)

    assert (sink.taken, sink.ends) == ([EVENTS[0] + EVENTS[1]], [])
    assert (line.wire.closing, line.released) == ((False, 1) if end[:1] == b"0" else (True, 0))
    assert (line.lost, exchange.pieces) == (1, [])


async def test_a_sink_that_ends_its_connection_in_the_middle_of_a_read_hears_so_once():
    line = Line()
    exchange = line.send()
    sink = Taker(lambda: line.connection.connection_lost(None))
    line.receive(OPEN)
    exchange.flow(sink)
    line.receive(chunk(EVENTS[0]) + chunk(EVENTS[1]))
    line.receive(chunk(EVENTS[2]))

    assert sink.taken == [EVENTS[0] + EVENTS[1]]
    assert [type(each) for each in sink.ends] == [Disconnected]


async def test_what_follows_the_head_of_an_answer_to_head_is_kept_by_nobody():
    line = Line()
    exchange = line.send("HEAD", b"")
    line.receive(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nabcdefg")

    assert (exchange.complete, exchange.pieces, exchange.size) == (True, [], 0)
    assert (line.released, line.wire.closing) == (0, True)


async def test_as_many_headers_as_are_allowed_are_allowed():
    line = Line()
    exchange = line.send()
    line.receive(
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * (MAX_HEADERS - 1) + b"content-length: 0\r\n\r\n"
    )

    assert len(exchange.headers) == MAX_HEADERS


@pytest.mark.parametrize(
    ("start", "endless"),
    [
        (b"HTTP/1.1 200 ", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nname: ", b"v" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"n" * 1000),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    ],
    ids=["status", "value", "name", "interim", "extension", "trailer name", "trailers"],
)
async def test_nothing_but_the_body_may_go_on_for_ever(start, endless):
    line = Line()
    exchange = line.send()
    line.receive(start)
    taken = 0
    while not line.wire.closing:
        line.receive(endless)
        taken += len(endless)
        assert taken < MAX_HEAD + 2000
    with pytest.raises(Garbled, match=str(MAX_HEAD)):
        await whole(exchange)


async def test_a_head_of_one_read_is_bounded_too():
    line = Line()
    line.buffer = bytearray(2 * MAX_HEAD)
    line.connection._view = memoryview(line.buffer)
    exchange = line.send()
    line.receive(b"HTTP/1.1 200 OK\r\nx: " + b"v" * MAX_HEAD + b"\r\ncontent-length: 0\r\n\r\n")

    with pytest.raises(Garbled, match="response headers"):
        await exchange.head(None)


async def test_small_chunks_for_ever_are_a_body_and_no_overhead():
    line = Line()
    exchange = line.send()
    line.receive(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(30_000):
        line.receive(b"1\r\nx\r\n")
    line.receive(b"0\r\n\r\n")

    assert await whole(exchange) == b"x" * 30_000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "without an answer"),
        (b"HTTP/1.1 2", "without an answer"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n", "without an answer"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", "mid-answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nab", "mid-answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n", "mid-answer"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx: y\r\n", "mid-answer"),
    ],
)
async def test_an_early_end_is_a_disconnection_after_what_came(data, words):
    line = Line()
    exchange = line.send()
    if data:
        line.receive(data)
    line.connection.eof_received()
    line.connection.connection_lost(None)

    with pytest.raises(Disconnected, match=words):
        await answered(exchange)
    assert line.wire.closing


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ConnectionResetError(), httpx.ReadError), (BrokenPipeError(), httpx.WriteError)],
)
async def test_a_reset_says_which_way_it_broke(error, kind):
    line = Line()
    exchange = line.send()
    line.connection.connection_lost(error)

    with pytest.raises(kind) as caught:
        await exchange.head(None)
    assert caught.value.__cause__ is error
    assert line.lost == 1


async def test_an_idle_connection_that_is_reset_is_only_lost():
    line = Line()
    line.connection.connection_lost(ConnectionResetError())

    assert (line.lost, line.released) == (1, 0)


async def test_a_request_that_may_wait_goes_out_at_the_end_of_the_turn():
    line = Line()
    line.connection.send("POST", b"head\r\n\r\n", b"{}", soon=True)

    assert not line.wire.written
    await asyncio.sleep(0)
    assert line.wire.written == b"head\r\n\r\n{}"


async def test_a_request_that_is_given_up_in_its_turn_is_never_sent():
    line = Line()
    line.connection.send("POST", b"head\r\n\r\n", b"{}", soon=True).close()
    await asyncio.sleep(0)

    assert (line.wire.written, line.wire.closing) == (b"", True)


@pytest.mark.parametrize("body", [b"{}", b"x" * (PIECE + 1)])
async def test_a_request_that_may_not_wait_takes_along_what_does(body):
    line, other = Line(), Wire()
    line.connection._outbox.put(other, b"first")
    line.connection.send("POST", b"head\r\n\r\n", body)

    assert other.written == b"first"
    assert line.wire.written == b"head\r\n\r\n" + body


async def test_a_large_body_is_handed_over_in_pieces_as_the_transport_takes_it():
    body = random.Random(1).randbytes(300_000)
    line = Line()
    wire, connection = line.wire, line.connection
    sizes = []

    def write(data):
        wire.written += bytes(data)
        sizes.append(len(data))
        connection.pause_writing()

    wire.write = write
    connection.send("POST", b"head", body)
    sending = asyncio.ensure_future(connection.sent(None))
    for _ in range(10):
        await asyncio.sleep(0)
        connection.resume_writing()
    await sending

    assert wire.written == b"head" + body
    assert max(sizes) <= 64 * 1024
    assert connection._unsent.obj == b""


async def test_a_refusal_before_the_request_is_sent_is_taken_and_the_rest_not_sent():
    line = Line()
    line.connection.pause_writing()
    exchange = line.connection.send("POST", b"head", b"x" * 1_000_000)
    sending = asyncio.ensure_future(line.connection.sent(None))
    await asyncio.sleep(0)
    line.receive(b"HTTP/1.1 413 Too Large\r\ncontent-length: 7\r\n\r\nabc")
    await sending
    line.connection.resume_writing()
    line.receive(b"defg")

    assert (exchange.status, await whole(exchange)) == (413, b"abcdefg")
    assert line.wire.written == b"head"
    assert (line.released, line.wire.closing) == (0, True)


async def test_interim_answers_and_early_heads_do_not_stop_the_request():
    for head in (INTERIM, b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"):
        line = Line()
        line.connection.pause_writing()
        line.connection.send("POST", b"head", b"x" * 100_000)
        line.receive(head)
        line.connection.resume_writing()

        assert line.wire.written == b"head" + b"x" * 100_000


async def test_an_interim_answer_does_not_stop_the_sender_from_waiting():
    line = Line()
    line.connection.pause_writing()
    line.connection.send("POST", b"head", b"x" * 100_000)
    sending = asyncio.ensure_future(line.connection.sent(None))
    await asyncio.sleep(0)
    line.receive(INTERIM)
    for _ in range(3):
        await asyncio.sleep(0)

    assert not sending.done()
    line.connection.resume_writing()
    await sending


async def test_a_tls_transport_is_told_to_read_little_ahead():
    limits = {}
    line = Line()
    line.wire.set_read_buffer_limits = limits.update
    line.connection.connection_made(line.wire)

    assert limits == {"high": 64 * 1024}


async def test_a_whole_answer_before_the_request_is_sent_ends_the_connection():
    line = Line()
    exchange = line.send()
    line.wire.buffered = 1
    line.receive(SIZED)

    assert await whole(exchange) == b"abcdefg"
    assert (line.released, line.wire.closing) == (0, True)


async def test_a_server_that_takes_nothing_is_a_write_timeout():
    line = Line()
    line.connection.pause_writing()
    line.connection.send("POST", b"head", b"x" * 100_000)

    with pytest.raises(httpx.WriteTimeout):
        await line.connection.sent(asyncio.get_running_loop().time() + 0.01)
    assert line.wire.closing


async def test_a_connection_that_breaks_while_sending_wakes_the_sender():
    line = Line()
    line.connection.pause_writing()
    exchange = line.connection.send("POST", b"head", b"x" * 100_000)
    sending = asyncio.ensure_future(line.connection.sent(None))
    await asyncio.sleep(0)
    line.connection.connection_lost(BrokenPipeError())
    await sending

    with pytest.raises(httpx.WriteError):
        await exchange.head(None)


async def test_cancelling_while_sending_aborts_at_once():
    line = Line()
    line.connection.pause_writing()
    line.connection.send("POST", b"head", b"x" * 100_000)
    sending = asyncio.ensure_future(line.connection.sent(None))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    assert line.wire.closing


async def test_reading_stops_while_much_is_unread_and_goes_on_when_it_is_taken():
    line = Line()
    exchange = line.send()
    line.receive(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    line.receive(b"x" * 64 * 1024)
    assert line.wire.reading
    line.receive(b"x" * 64 * 1024)
    assert not line.wire.reading

    assert len(await exchange.take(None)) == 128 * 1024
    assert line.wire.reading


async def test_nothing_is_resumed_on_a_connection_that_is_closing():
    line = Line()
    exchange = line.send()
    line.receive(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000)
    line.receive(b"x" * 64 * 1024)
    assert not line.wire.reading
    line.wire.closing = True
    await exchange.take(None)

    assert not line.wire.reading


async def test_closing_an_idle_or_unmade_connection_is_harmless():
    line = Line()
    line.connection.close_exchange()
    assert not line.wire.closing
    unmade = Connection(
        Origin("http", "host", 80), memoryview(bytearray(1)), Outbox(), print, print
    )
    unmade.abort()
    unmade.resume()

    assert not unmade.usable


async def test_random_bytes_never_do_worse_than_close_the_connection():
    chance = random.Random(7)
    for _ in range(300):
        data = bytearray(chance.choice((CHUNKED, SIZED, INTERIM + CHUNKED)))
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        line = Line()
        exchange = line.send()
        line.receive(bytes(data))
        line.connection.connection_lost(None)
        try:
            await exchange.head(None)
            await whole(exchange)
        except httpx.TransportError:
            pass


REFUSED = b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 7\r\n\r\ntoo big"


def lost_in_a_long_body(ends, *said, **about):
    """The exchange of a request whose rest could not be written, on a connection on which so much had been said."""
    speaker, hearer = ends
    line = Line(socket=hearer, **about)
    exchange = line.connection.send("POST", b"POST / HTTP/1.1\r\n\r\n", b"x" * 3 * PIECE)
    for data in said:
        speaker.sendall(data)
    speaker.shutdown(socket.SHUT_WR)
    hearer.recv(1, socket.MSG_PEEK)
    line.wire.closing = True
    line.connection.connection_lost(BrokenPipeError())
    return line, exchange


async def test_who_refuses_a_long_body_and_closes_is_heard_out(ends):
    line, exchange = lost_in_a_long_body(ends, REFUSED)

    assert (exchange.status, exchange.complete, exchange.body) == (413, True, b"too big")
    assert (line.released, line.lost) == (0, 1)


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ((), {}),
        ((REFUSED,), {"sslcontext": object()}),
        ((REFUSED[:30],), {}),
        ((REFUSED.replace(b"content-length: 7\r\n", b""),), {}),
    ],
)
async def test_who_says_no_whole_answer_before_a_write_fails_is_lost(ends, said, about):
    line, exchange = lost_in_a_long_body(ends, *said, **about)

    assert (exchange.over, exchange.complete, line.lost) == (True, False, 1)


async def test_who_says_much_before_a_write_fails_is_heard_within_bounds(ends):
    speaker, hearer = ends
    hearer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024 * 1024)
    line = Line(socket=hearer)
    exchange = line.connection.send("POST", b"POST / HTTP/1.1\r\n\r\n", b"x" * 3 * PIECE)
    speaker.sendall(b"HTTP/1.1 413 No\r\ncontent-length: 1000000000\r\n\r\n")
    line.wire.closing = True
    while hearer.recv_into(bytearray(1), 1, socket.MSG_PEEK) == 0:
        pass
    hearer.setblocking(False)
    speaker.setblocking(False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < 2 * MOST_HEARD * len(line.buffer):
            sent += speaker.send(b"y" * 65536)
    line.connection.connection_lost(BrokenPipeError())

    assert not exchange.complete
    assert exchange.size <= MOST_HEARD * len(line.buffer)


def test_a_connection_tells_whether_anything_lies_there(ends):
    speaker, hearer = ends
    line = Line(socket=hearer)
    before = line.connection.is_silent
    speaker.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    assert (before, line.connection.is_silent) == (True, False)
    assert Line().connection.is_silent
