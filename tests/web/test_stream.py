"""A streamed answer to a caller: one head, comments in every silence, nothing after the end."""

import asyncio

import pytest

from proxy.web.stream import HEAD, Stream

pytestmark = pytest.mark.virtual_time

HEADERS = [*HEAD, (b"x-firstbyte-target", b"a/m")]
STILL = b": still here\n\n"
WAITING = b": waiting for a/m\n\n"


class Wire:
    """A caller's end. It takes `seconds` to take a message; says what came, and when."""

    def __init__(self, seconds=0.0):
        self.seconds = seconds
        self.sent = []
        self.times = []
        self.busy = 0

    async def __call__(self, message):
        self.busy += 1
        assert self.busy == 1, "two messages at once"
        await asyncio.sleep(self.seconds)
        self.sent.append(message)
        self.times.append(asyncio.get_running_loop().time())
        self.busy -= 1

    @property
    def heads(self):
        return [m["headers"] for m in self.sent if m["type"] == "http.response.start"]

    @property
    def bodies(self):
        return [m["body"] for m in self.sent if m["type"] == "http.response.body"]


def stream(wire, warm_after=30.0, heartbeat=15.0, waiting="waiting for a/m", beat=None):
    return Stream(wire, warm_after, heartbeat, lambda: waiting, lambda: beat)


async def say(one, piece):
    if not one.take(piece):
        await one.ready()


class Line:
    """A connection that is written to at once, and is full after each write as long as it is told to be."""

    def __init__(self):
        self.written = []
        self.full = False
        self.waits = 0

    def write(self, data):
        self.written.append(data)
        return not self.full

    async def drained(self):
        self.waits += 1


async def test_bytes_go_to_the_connection_at_once_where_it_can_be_written_to():
    wire, line = Wire(), Line()
    one = Stream(wire, 30.0, 15.0, lambda: "", wire=line)
    await one.open(HEADERS)
    first, nothing = one.take(b"a"), one.take(b"")
    line.full = True
    second = one.take(b"bc")
    await one.ready()
    await one.end(b"z")
    one.close()

    assert (first, nothing, second, line.waits) == (True, True, False, 1)
    assert (line.written, wire.bodies, one.sent) == ([b"a", b"bc"], [b"z"], 4)


async def test_what_is_kept_goes_out_with_the_last_bytes_or_when_somebody_says_so():
    line = Line()
    one = Stream(Wire(), 30.0, 15.0, lambda: "", wire=line)
    one.opened()
    is_welcome = one.keep(b"a")
    before = list(line.written)
    one.flush()
    one.flush()
    one.keep(b"b")
    one.keep(b"c")
    kept = one.kept(), one.kept()
    one.flush()
    one.close()

    assert (is_welcome, before, line.written, kept) == (True, [], [b"a"], (b"bc", b""))
    assert one.sent == 3


async def test_bytes_that_were_taken_keep_silence_from_being_one():
    wire, line = Wire(), Line()
    one = Stream(wire, 30.0, 15.0, lambda: "", wire=line)
    await one.open(HEADERS)
    for _ in range(4):
        await asyncio.sleep(10.0)
        one.take(b"a")
    one.close()

    assert wire.bodies == []


async def test_nothing_goes_out_before_it_is_opened():
    wire = Wire()
    one = stream(wire)
    await asyncio.sleep(29.9)
    begun = one.begun
    one.close()

    assert (wire.sent, begun, one.is_warm) == ([], False, False)


async def test_a_head_then_bytes_then_the_end():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    await say(one, b"a")
    await say(one, b"")
    await one.end(b"z")
    one.close()

    assert wire.sent == [
        {"type": "http.response.start", "status": 200, "headers": HEADERS},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": b"z"},
    ]
    assert (one.begun, one.is_warm, one.sent) == (True, False, 2)


async def test_a_long_wait_begins_with_a_plain_head_and_a_comment():
    wire = Wire()
    one = stream(wire)
    await asyncio.sleep(30.1)
    one.close()

    assert (one.begun, one.is_warm) == (True, True)
    assert wire.heads == [list(HEAD)]
    assert wire.bodies == [WAITING]


async def test_a_head_goes_out_once_though_the_wire_is_warm():
    wire = Wire()
    one = stream(wire)
    await asyncio.sleep(31)
    await one.open(HEADERS)
    await say(one, b"a")
    one.close()

    assert wire.heads == [list(HEAD)]
    assert wire.bodies == [WAITING, b"a"]


async def test_comments_come_with_every_heartbeat_of_silence():
    wire = Wire()
    one = stream(wire)
    await asyncio.sleep(61)
    one.close()

    assert wire.times == [30.0, 30.0, 45.0, 60.0]
    assert wire.bodies == [WAITING] * 3


async def test_comments_name_who_is_tried_at_their_time():
    wire, trying = Wire(), ["a/m"]
    one = Stream(wire, 30.0, 15.0, lambda: trying[-1])
    await asyncio.sleep(31)
    trying.append("b/m")
    await asyncio.sleep(15)
    one.close()

    assert wire.bodies == [b": a/m\n\n", b": b/m\n\n"]


async def test_after_the_first_output_a_comment_names_nobody():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    await asyncio.sleep(31)
    one.close()

    assert wire.bodies == [STILL, STILL]
    assert wire.times == [0.0, 15.0, 30.0]


async def test_a_heartbeat_counts_from_the_last_byte():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    await asyncio.sleep(14)
    await say(one, b"a")
    await asyncio.sleep(14)
    quiet = wire.bodies
    await asyncio.sleep(1.5)
    one.close()

    assert quiet == [b"a"]
    assert wire.bodies == [b"a", STILL]
    assert wire.times[-1] == 29.0


async def test_a_name_cannot_break_out_of_a_comment():
    wire = Wire()
    one = stream(wire, waiting="a\n\ndata: evil\r\u2603")
    await asyncio.sleep(31)
    one.close()

    assert wire.bodies == [b": a??data: evil??\n\n"]


async def test_one_message_at_a_time_though_the_caller_reads_slowly():
    wire = Wire(seconds=50.0)
    one = stream(wire)
    await one.open(HEADERS)
    for piece in (b"a", b"b"):
        await say(one, piece)
    await one.end(b"z")
    one.close()

    spoken = [body for body in wire.bodies if body != STILL]
    assert spoken == [b"a", b"b", b"z"]
    assert wire.bodies.count(STILL) <= len(spoken)


async def test_one_comment_waits_for_a_slow_caller_and_no_more():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    wire.seconds = 200.0
    await say(one, b"a")
    wire.seconds = 0.0
    await asyncio.sleep(1)
    one.close()

    assert wire.bodies == [b"a", STILL]


async def test_what_is_said_while_a_comment_goes_out_follows_it_whole():
    wire = Wire(seconds=5.0)
    one = stream(wire)
    await asyncio.sleep(31)
    await one.open(HEADERS)
    await say(one, b"a")
    one.close()

    assert wire.heads == [list(HEAD)]
    assert wire.bodies == [WAITING, b"a"]


async def test_no_comment_follows_the_end_however_long_the_end_takes():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    wire.seconds = 100.0
    await one.end(b"z")
    await asyncio.sleep(100)
    one.close()

    assert wire.bodies == [b"z"]


async def test_no_comment_follows_the_close():
    wire = Wire()
    one = stream(wire)
    await one.open(HEADERS)
    one.close()
    await asyncio.sleep(100)

    assert wire.bodies == []


async def test_a_close_before_the_head_leaves_the_wire_to_others():
    wire = Wire()
    one = stream(wire)
    one.close()
    await asyncio.sleep(100)

    assert (wire.sent, one.begun) == ([], False)


async def test_a_close_stops_a_comment_on_its_way():
    wire = Wire(seconds=10.0)
    one = stream(wire)
    await asyncio.sleep(31)
    one.close()
    await asyncio.sleep(100)

    assert (one.begun, wire.sent) == (True, [])


async def test_a_surfaces_own_sign_of_life_stands_in_for_the_comment():
    wire = Wire()
    one = stream(wire, beat=b"event: ping\n\n")
    await asyncio.sleep(31)
    await one.open(HEADERS)
    await asyncio.sleep(16)
    one.close()

    assert wire.bodies == [WAITING + b"event: ping\n\n", b"event: ping\n\n"]
