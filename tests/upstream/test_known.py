import random

import httpx
import pytest

from proxy.upstream.answer_head import AnswerHead
from proxy.upstream.http1 import Connection
from proxy.upstream.known import MAX_HEAD, MAX_HEADS, KnownHeads, cut_of
from proxy.upstream.origin import Origin

PLAIN = (b"Date: Sat", b"content-type: application/json")


class Wire:
    """An asyncio transport that notes whether it was closed."""

    closing = False

    def set_write_buffer_limits(self, high):
        pass

    def write(self, data):
        pass

    def get_write_buffer_size(self):
        return 0

    def is_closing(self):
        return self.closing

    def abort(self):
        self.closing = True


class Unused:
    """Stands where the parser stands, and must not be asked."""

    def feed_data(self, data):
        raise AssertionError("the parser was asked")


class Line:
    """A connection over a `Wire`."""

    def __init__(self, known=None):
        self.released = 0
        self.buffer = bytearray(64 * 1024)
        self.wire = Wire()
        self.known = KnownHeads() if known is None else known
        self.connection = Connection(
            Origin("http", "host", 80), memoryview(self.buffer), self._released, print, self.known
        )
        self.connection.connection_made(self.wire)

    def _released(self, connection):
        self.released += 1

    async def ask(self, *reads, method="POST"):
        """What became of a call whose answer came in these reads: the answer, and the connection's state."""
        exchange = self.connection.send(method, b"head\r\n\r\n", b"{}")
        for data in reads:
            if not self.wire.closing:
                self.buffer[: len(data)] = data
                self.connection.buffer_updated(len(data))
        self.connection.eof_received()
        headers = exchange.headers if exchange.status else None
        body, error = b"", None
        try:
            while data := await exchange.take(None):
                body += data
        except httpx.TransportError as failure:
            error = type(failure), str(failure)
        fields = exchange.take_head().fields if exchange.status else None
        return exchange.status, headers, fields, body, error, self.released


def answer(body, *lines, first=b"HTTP/1.1 200 OK", length=b"content-length: %d"):
    return b"\r\n".join((first, *lines, length % len(body))) + b"\r\n\r\n" + body


async def learned(*reads, method="POST"):
    """The heads that are known after one answer."""
    line = Line()
    await line.ask(*reads, method=method)
    return line.known


def copied(known):
    """The same heads, for a connection that may learn more."""
    copy = KnownHeads()
    copy.update(known)
    return copy


async def compared(known, data, **more):
    """What becomes of an answer where heads are known, and where none is."""
    return await Line(known).ask(data, **more), await Line().ask(data, **more)


@pytest.mark.parametrize(
    "length", [b"content-length: %d", b"Content-Length: %d", b"CONTENT-Length: %d"]
)
async def test_a_head_that_comes_again_is_not_parsed_and_says_the_same(length):
    known = await learned(answer(b"abc", *PLAIN, length=length))
    line = Line(known)
    line.connection._parser = Unused()
    status, headers, fields, body, error, released = await line.ask(
        answer(b"x" * 1000, *PLAIN, length=length)
    )

    assert (status, body, error, released) == (200, b"x" * 1000, None, 1)
    assert headers[:2] == [(b"Date", b"Sat"), (b"content-type", b"application/json")]
    assert headers[2] == (length.partition(b":")[0], b"1000")
    assert fields == {"date": "Sat", "content-type": "application/json"}


async def test_calls_with_the_same_head_share_what_was_read_of_it():
    known = KnownHeads()
    await Line(known).ask(answer(b"abc", *PLAIN))
    (head,) = known.values()
    line = Line(known)
    exchange = line.connection.send("POST", b"", b"")
    data = answer(b"1234", *PLAIN)
    line.buffer[: len(data)] = data
    line.connection.buffer_updated(len(data))

    assert exchange.served == (head, b"1234")
    assert exchange.take_head() is head


async def test_the_parser_goes_on_where_a_known_answer_was():
    known = KnownHeads()
    line = Line(known)
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for data in (answer(b"abc", *PLAIN), answer(b"de", *PLAIN), chunked, answer(b"f", *PLAIN)) * 2:
        line.connection.send("POST", b"", b"")
        line.buffer[: len(data)] = data
        line.connection.buffer_updated(len(data))

    assert (line.released, line.wire.closing, len(known)) == (8, False, 1)


@pytest.mark.parametrize(
    "data",
    [
        answer(b"abc", b"connection: close"),
        answer(b"abc", first=b"HTTP/1.0 200 OK"),
        answer(b"abc", b"connection: keep-alive", first=b"HTTP/1.0 200 OK"),
        answer(b"abc", first=b"HTTP/1.1 201 Created"),
        answer(b"abc", first=b"HTTP/1.1 500 Oops"),
        answer(b"", *PLAIN),
        answer(b"abc", length=b"content-length:  %d"),
        answer(b"abc", length=b"content-length: %d "),
        answer(b"abc", length=b"content-length: 0000000000%d"),
        answer(b"abc", b"x-strength: 3"),
        answer(b"abc", b"x-content-length: 3"),
        answer(b"abc", b"content-length: 3"),
        answer(b"abc", b"transfer-encoding: identity"),
        answer(b"abc", b"x: " + b"y" * MAX_HEAD),
        answer(b"abc") + b"d",
        answer(b"abc")[:-1],
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"abc"),
        b"HTTP/1.1 103 Hints\r\ncontent-length: 41\r\n\r\n" + answer(b"abc"),
        b"HTTP/1.1 200 OK\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-length: 13\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
)
async def test_what_is_not_plainly_one_whole_answer_is_not_remembered(data):
    assert not await learned(data)


async def test_an_answer_to_head_is_neither_remembered_nor_known():
    data = answer(b"abc", *PLAIN)
    assert not await learned(data, method="HEAD")
    known = await learned(data)
    one, other = await compared(known, data, method="HEAD")

    assert one == other
    assert one[3] == b""


async def test_an_answer_in_pieces_is_neither_remembered_nor_known():
    data = answer(b"abc", *PLAIN)
    known = await learned(data)
    for at in range(1, len(data)):
        assert not await learned(data[:at], data[at:])
        one = await Line(known).ask(data[:at], data[at:])

        assert one == await Line().ask(data[:at], data[at:])


async def test_as_many_heads_are_kept_as_may_be():
    known = KnownHeads()
    for at in range(3 * MAX_HEADS):
        await Line(known).ask(answer(b"abc", b"x-id: %d" % at))
        assert len(known) <= MAX_HEADS

    assert all(len(key) <= MAX_HEAD for key in known)


async def test_whatever_comes_is_the_same_with_and_without_what_is_known():
    chance = random.Random(11)
    whole = [
        answer(b"abc", *PLAIN),
        answer(b"a" * 90, *PLAIN),
        answer(b"abc", b"x-strength: 3"),
        answer(b"content-length: 3\r\n\r\nabc"),
        answer(b"abc", b"connection: close"),
        answer(b"abc", b"content-encoding: gzip", length=b"Content-Length: %d"),
        answer(b"abc", b"transfer-encoding: identity"),
    ]
    known = KnownHeads()
    for data in whole:
        await Line(known).ask(data)
    assert len(known) == 3
    for _ in range(3000):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(data) + 1)
            new = chance.choice(
                (b"", b"0", b"1", b"3", b"9", b"\r", b"\n", b" ", b"x", b":", b"\r\n")
            )
            data[at : at + chance.randrange(3)] = new
        one, other = await compared(copied(known), bytes(data))

        assert one == other


def test_a_cut_is_where_the_length_stands():
    data = b"a\r\ncontent-length: 3\r\nb\r\n\r\nxyz"

    assert cut_of(memoryview(data)) == (b"a\r\ncontent-length: \r\nb", 19, b"3", len(data) - 3)
    for other in (data[:-1], data + b"x", data[:-3], b"no head at all"):
        assert cut_of(memoryview(other)) is None


def test_heads_are_told_apart_by_all_but_the_digits():
    known = KnownHeads()
    data = answer(b"abc", *PLAIN)
    cut = cut_of(memoryview(data))
    known.learn(cut, AnswerHead([(b"content-length", b"3")]))

    assert cut_of(memoryview(answer(b"x" * 50, *PLAIN))).rest in known
    assert cut_of(memoryview(answer(b"abc", b"Date: Sun", *PLAIN[1:]))).rest not in known
