import random

import httpx
import pytest

from proxy.upstream.http1 import Connection
from proxy.upstream.known import MAX_HEAD
from proxy.upstream.origin import Origin

PIECES = (
    b"",
    b"0",
    b"1",
    b"3",
    b"9",
    b"\r",
    b"\n",
    b" ",
    b"\t",
    b"x",
    b":",
    b"\r\n",
    b"\0",
    b"\x7f",
    b"\xe9",
)
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
        self.connection = Connection(
            Origin("http", "host", 80), memoryview(self.buffer), self._released, print
        )
        self.connection.connection_made(self.wire)
        self.connection._known = known

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
    """The head that is known after one answer; None where none is."""
    line = Line()
    await line.ask(*reads, method=method)
    return line.connection._known


async def compared(known, data, **more):
    """What becomes of an answer where a head is known, and where none is."""
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


async def test_answers_with_the_same_head_share_what_was_read_of_it():
    line = Line(await learned(answer(b"abc", *PLAIN)))
    heads = []
    for body in (b"1234", b"5"):
        exchange = line.connection.send("POST", b"", b"")
        data = answer(body, *PLAIN)
        line.buffer[: len(data)] = data
        line.connection.buffer_updated(len(data))
        heads.append(exchange.served[0])

        assert exchange.served[1] == body

    assert heads[0] is heads[1]


async def test_a_head_may_differ_in_what_names_the_answer_and_what_counts():
    lines = (b"Date: Sat", b"X-Request-Id: r1", b"x-left: 9", b"content-type: application/json")
    known = await learned(answer(b"abc", *lines))
    other = (b"Date: Sun", b"X-Request-Id: r22", b"x-left: ", b"content-type: application/json")
    data = answer(b"defgh", *other)
    line = Line(known)
    line.connection._parser = Unused()
    quick = await line.ask(data)

    assert quick == await Line().ask(data)
    assert quick[2]["x-request-id"] == "r22"
    assert (await Line(known).ask(answer(b"abc", *lines)))[2]["x-request-id"] == "r1"


@pytest.mark.parametrize(
    "lines",
    [
        (b"a: 1", b"a: 2", b"b: c", b"connection: keep-alive, x"),
        (b"a: 1", b"a: 3", b"b: c", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b:c", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: c ", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b:  c", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: c\nd: e", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: c\rd", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: \0", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"c: c", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: c"),
        (b"a: 1", b"a: 2", b"b: c", b"connection: keep-alive", b"d: e"),
        (b"a: 1", b"a: 2", b" b: c", b"connection: keep-alive"),
        (b"a: 1", b"a: 2", b"b: c", b"connection: close"),
    ],
)
async def test_a_head_that_differs_in_more_is_for_the_parser(lines):
    known = await learned(answer(b"abc", b"a: 1", b"a: 2", b"b: c", b"connection: keep-alive"))
    read = memoryview(answer(b"abc", *lines))
    one, other = await compared(known, bytes(read))

    assert known is not None
    assert known.find(read) is None
    assert one == other


async def test_the_parser_goes_on_where_a_known_answer_was():
    line = Line()
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for data in (answer(b"abc", *PLAIN), answer(b"de", *PLAIN), chunked, answer(b"f", *PLAIN)) * 2:
        line.connection.send("POST", b"", b"")
        line.buffer[: len(data)] = data
        line.connection.buffer_updated(len(data))

    assert (line.released, line.wire.closing) == (8, False)


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
    assert await learned(data) is None


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
    heads = [known for data in whole if (known := await learned(data)) is not None]
    assert len(heads) == 5
    for _ in range(4000):
        data = bytearray(chance.choice(whole))
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.randrange(3)] = chance.choice(PIECES)
        one, other = await compared(chance.choice(heads), bytes(data))

        assert one == other
