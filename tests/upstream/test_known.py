import random
from itertools import pairwise

import httpx
import pytest

from proxy.core.outbox import Outbox
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
SPEAKS = (b"Date: Sat", b"content-type: text/event-stream", b"x-ratelimit-left: 9")
TEXT = b"data: 1\n\n"
CODED = b"transfer-encoding: chunked"
SPLICES = (
    *PIECES,
    b"0\r\n\r\n",
    b";x=y",
    b"\r\nx: y",
    b"\r\n" + CODED,
    b"\r\ntransfer-encoding: gzip, chunked",
    b"\r\ncontent-length: 3",
    b"\r\nconnection: close",
    b"HTTP/1.1 200 OK\r\n" + CODED + b"\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
)


class Wire:
    """An asyncio transport that notes whether it was closed."""

    closing = False

    def set_write_buffer_limits(self, high):
        pass

    def get_extra_info(self, name):
        return None

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


class Watched:
    """Stands before a parser, and notes what it is fed."""

    def __init__(self, parser):
        self.parser = parser
        self.fed = []
        self.get_status_code = parser.get_status_code
        self.should_keep_alive = parser.should_keep_alive

    def feed_data(self, data):
        self.fed.append(bytes(data))
        self.parser.feed_data(data)


class Line:
    """A connection over a `Wire`."""

    def __init__(self, known=None):
        self.released = 0
        self.buffer = bytearray(64 * 1024)
        self.wire = Wire()
        self.connection = Connection(
            Origin("http", "host", 80), memoryview(self.buffer), Outbox(), self._released, print
        )
        self.connection.connection_made(self.wire)
        self.connection._known = () if known is None else (known,)

    def _released(self, connection):
        self.released += 1

    async def ask(self, *reads, method="POST"):
        """What became of a connection's one call, whose answer came in these reads: the answer, and its own state."""
        return await self.call(*reads, method=method, is_last=True)

    async def call(self, *reads, method="POST", is_last=False):
        """Likewise, of one of its calls; the server closes where the answer is not whole, or after the last."""
        exchange = self.connection.send(method, b"head\r\n\r\n", b"{}")
        for data in reads:
            if not self.wire.closing:
                self.buffer[: len(data)] = data
                self.connection.buffer_updated(len(data))
        if is_last or not exchange.over:
            self.connection.eof_received()
        headers = exchange.headers if exchange.status else None
        body, error = b"", None
        try:
            while data := await exchange.take(None):
                body += data
        except httpx.TransportError as failure:
            error = type(failure), str(failure)
        head = exchange.take_head() if exchange.status else None
        told = (head.fields, head.kind, head.passed) if head is not None else (None, None, None)
        return exchange.status, headers, *told, body, error, self.released, self.wire.closing


def answer(body, *lines, first=b"HTTP/1.1 200 OK", length=b"content-length: %d"):
    return b"\r\n".join((first, *lines, length % len(body))) + b"\r\n\r\n" + body


def stream(*lines, chunks=(TEXT, TEXT), first=b"HTTP/1.1 200 OK", coded=CODED, end=b"0\r\n\r\n"):
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"\r\n".join((first, *lines, coded)) + b"\r\n\r\n" + body + end


async def learned(*reads, method="POST"):
    """The head that is known after one answer; None where none is."""
    line = Line()
    await line.ask(*reads, method=method)
    return line.connection._known[0] if line.connection._known else None


async def compared(known, *reads, **more):
    """What becomes of an answer where a head is known, and where none is."""
    return await Line(known).ask(*reads, **more), await Line().ask(*reads, **more)


def cut(data, chance):
    """Bytes as they may come: in one read, or cut anywhere."""
    places = sorted(chance.randrange(1, len(data)) for _ in range(chance.choice((0, 0, 1, 2, 9))))
    return [data[at:to] for at, to in pairwise([0, *places, len(data)]) if to > at]


def spoiled(data, chance):
    """Bytes with up to three things wrong."""
    data = bytearray(data)
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randrange(3)] = chance.choice(SPLICES)
    return bytes(data)


@pytest.mark.parametrize(
    "length", [b"content-length: %d", b"Content-Length: %d", b"CONTENT-Length: %d"]
)
async def test_a_head_that_comes_again_is_not_parsed_and_says_the_same(length):
    known = await learned(answer(b"abc", *PLAIN, length=length))
    line = Line(known)
    line.connection._parser = Unused()
    status, headers, fields, kind, _, body, error, released, _ = await line.ask(
        answer(b"x" * 1000, *PLAIN, length=length)
    )

    assert (status, kind, body, error, released) == (
        200,
        "application/json",
        b"x" * 1000,
        None,
        1,
    )
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
    lines = (
        b"Date: Sat",
        b"X-Request-Id: r1",
        b"x-ratelimit-left: 9",
        b"content-type: application/json",
    )
    known = await learned(answer(b"abc", *lines))
    other = (
        b"Date: Sun",
        b"X-Request-Id: r22",
        b"x-ratelimit-left: ",
        b"content-type: application/json",
    )
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
    assert known.find(bytes(read), len(read)) is None
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
        answer(b"abc", b"content-length: 0003"),
        answer(b"abc", b"transfer-encoding: identity"),
        answer(b"abc", b"x: " + b"y" * MAX_HEAD),
        answer(b"abc") + b"d",
        answer(b"abc")[:-1],
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"abc"),
        b"HTTP/1.1 103 Hints\r\ncontent-length: 41\r\n\r\n" + answer(b"abc"),
        b"HTTP/1.1 200 OK\r\n\r\nabc",
        stream(b"connection: close"),
        stream(b"transfer-encoding: chunked"),
        stream(b"transfer-encoding: identity"),
        stream(b"content-length: 3"),
        stream(coded=b"transfer-encoding:chunked"),
        stream(coded=b"transfer-encoding: Chunked"),
        stream(coded=b"transfer-encoding: identity"),
        stream(coded=b"transfer-encoding: gzip, chunked"),
        stream(first=b"HTTP/1.0 200 OK"),
        stream(first=b"HTTP/1.1 201 Created"),
        stream(b"x: " + b"y" * MAX_HEAD),
        stream(end=b""),
        stream() + b"d",
        b"HTTP/1.1 100 Continue\r\n\r\n" + stream(),
    ],
)
async def test_what_is_not_plainly_one_whole_answer_is_not_remembered(data):
    assert await learned(data) is None


async def test_an_answer_to_head_is_neither_remembered_nor_known():
    for data in (answer(b"abc", *PLAIN), stream(*SPEAKS)):
        assert not await learned(data, method="HEAD")
        known = await learned(data)
        one, other = await compared(known, data, method="HEAD")

        assert one == other
        assert one[5] == b""


async def test_an_answer_in_pieces_is_not_remembered_and_becomes_the_same():
    for data in (answer(b"abc", *PLAIN), stream(*SPEAKS)):
        known = await learned(data)
        for at in range(1, len(data)):
            assert not await learned(data[:at], data[at:])
            one, other = await compared(known, data[:at], data[at:])

            assert one == other


async def test_of_a_head_before_chunks_that_comes_again_the_parser_sees_how_they_are_framed():
    data = stream(*SPEAKS)
    begin = data.index(b"\r\n\r\n") + 4
    known = await learned(data)
    for at in (begin, begin + 5, len(data)):
        line = Line(known)
        line.connection._parser = watched = Watched(line.connection._parser)
        told = await line.ask(*filter(None, (data[:at], data[at:])))

        assert b"".join(watched.fed) == stream(chunks=(), end=b"") + data[begin:]
        assert told == await Line().ask(data)
        assert told[3:5] == ("text/event-stream", b"x-ratelimit-left: 9\r\n")
        assert told[5:] == (TEXT * 2, None, 1, True)


async def test_a_head_before_chunks_may_differ_in_what_names_the_answer_and_what_counts():
    other = stream(b"Date: Sun, 1", SPEAKS[1], b"x-ratelimit-left: ")
    line = Line(await learned(stream(*SPEAKS)))
    line.connection._parser = watched = Watched(line.connection._parser)
    told = await line.ask(other)

    assert told == await Line().ask(other)
    assert told[2]["date"] == "Sun, 1"
    assert all(b"Date" not in data for data in watched.fed)


@pytest.mark.parametrize(
    "data",
    [
        stream(SPEAKS[0], b"content-type: text/plain", SPEAKS[2]),
        stream(*SPEAKS[:2], b"x-ratelimit-left: \0"),
        stream(*SPEAKS[:2], b"x-ratelimit-left: 9 "),
        stream(*SPEAKS[:2], b"connection: close"),
        stream(*SPEAKS, b"connection: close"),
        stream(*SPEAKS, b"content-length: 3"),
        stream(*SPEAKS, coded=b"transfer-encoding: gzip, chunked"),
        stream(*SPEAKS, coded=b"transfer-encoding: identity"),
        stream(*SPEAKS, coded=b"content-length: 3"),
        stream(*SPEAKS, coded=b"x-transfer-encoding: chunked"),
        stream(*SPEAKS, coded=b"transfer-encoding : chunked"),
        stream(*SPEAKS, coded=b" transfer-encoding: chunked"),
        stream(*SPEAKS, first=b"HTTP/1.1 204 No"),
        stream(*SPEAKS, first=b"HTTP/1.0 200 OK"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + stream(*SPEAKS),
        stream(*SPEAKS).replace(b"\r\n\r\n", b"\n\n", 1),
    ],
)
async def test_a_head_before_chunks_that_differs_in_more_is_for_the_parser(data):
    known = await learned(stream(*SPEAKS))
    one, other = await compared(known, data)

    assert known.is_chunked
    assert known.find(data, len(data)) is None
    assert one == other


@pytest.mark.parametrize(
    "end",
    [
        b"0\r\nx-trailer: y\r\n\r\n",
        b"0;x=y\r\n\r\n",
        b"0\r\n\r\n" + stream(*SPEAKS),
        b"0\r\n\r\nx",
        b"0\r\n",
        b"g\r\n",
        b"0\r\nx-trailer: " + b"y" * 9000 + b"\r\n\r\n",
        stream(*SPEAKS),
    ],
)
async def test_what_follows_a_head_before_chunks_is_read_as_after_one_that_is_not_known(end):
    data = stream(*SPEAKS, end=end)
    one, other = await compared(await learned(stream(*SPEAKS)), data)

    assert one == other


async def test_an_answer_with_a_length_and_one_in_chunks_are_known_beside_each_other():
    line = Line()
    answers = (answer(b"abc", *PLAIN), stream(*SPEAKS), stream(*SPEAKS, b"x: y"))
    for data in answers:
        await line.call(data)
    heads = line.connection._known

    assert [known.is_chunked for known in heads] == [True, False]
    assert [await line.call(data) for data in answers] == [
        (*(await Line().ask(data))[:-2], 4 + at, False) for at, data in enumerate(answers)
    ]
    # The second of them was forgotten for the third, and learned anew.
    assert [known is heads[1] for known in line.connection._known] == [False, True]


WHOLE = [
    answer(b"abc", *PLAIN),
    answer(b"a" * 90, *PLAIN),
    answer(b"abc", b"x-strength: 3"),
    answer(b"content-length: 3\r\n\r\nabc"),
    answer(b"abc", b"connection: close"),
    answer(b"abc", b"content-encoding: gzip", length=b"Content-Length: %d"),
    answer(b"abc", b"transfer-encoding: identity"),
    stream(*SPEAKS),
    stream(*SPEAKS[:2], b"x-ratelimit-left: 10", chunks=(TEXT * 9,)),
    stream(*SPEAKS, end=b"0\r\nx-trailer: y\r\n\r\n"),
    stream(*PLAIN, chunks=(b"x",)),
    stream(b"connection: close"),
    stream(b"connection: keep-alive"),
]


async def test_whatever_comes_is_the_same_with_and_without_what_is_known():
    chance = random.Random(11)
    heads = [await learned(data) for data in WHOLE]
    assert len(list(filter(None, heads))) == 10
    for _ in range(6000):
        data, known = chance.choice([*zip(WHOLE, heads, strict=True)])
        reads = cut(spoiled(data, chance), chance)
        one, other = await compared(
            known if chance.random() < 0.5 else chance.choice(heads), *reads
        )

        assert one == other


STAYS = [data for data in WHOLE if b"close" not in data and b"identity" not in data]


async def test_answers_one_after_the_other_are_the_same_to_who_knows_no_head():
    chance = random.Random(12)
    knew = 0
    for _ in range(100):
        one, other = Line(), Line()
        while not one.wire.closing and one.released < 40:
            data = chance.choice(STAYS)
            reads = cut(spoiled(data, chance) if chance.random() < 0.05 else data, chance)
            other.connection._known = ()
            knew += any(
                known.find(reads[0][:MAX_HEAD], len(reads[0])) for known in one.connection._known
            )

            assert await one.call(*reads) == await other.call(*reads)

    assert knew > 200
