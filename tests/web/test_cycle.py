"""The head of an answer goes out with its first bytes, once, and says no more than it should."""

import asyncio

import pytest

from proxy.web.cycle import Cycle, Defaults
from tests.support.caller_side import Flow, Socket


class Call:
    def __init__(self, method="POST", *, keep_alive=True):
        self.socket, self.flow, self.over = Socket(), Flow(), 0
        self.scope = {"type": "http", "method": method}
        self.transport, self.logger, self.defaults = self.socket, None, Defaults()
        self.cycle = Cycle(self, [(b"date", b"today")])
        self.cycle.keep_alive = keep_alive

    def on_response_complete(self):
        self.over += 1

    async def start(self, *headers, status=200):
        await self.cycle.send(
            {"type": "http.response.start", "status": status, "headers": list(headers)}
        )

    async def body(self, data=b"", *, more=False):
        await self.cycle.send({"type": "http.response.body", "body": data, "more_body": more})


async def test_head_and_body_are_one_write():
    call = Call()
    await call.start((b"content-length", b"2"))
    await call.body(b"hi")

    assert call.socket.writes == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\nhi"]
    assert call.over == 1
    assert call.cycle.response_complete


async def test_a_stream_is_chunked_and_its_head_goes_with_the_first_chunk():
    call = Call()
    await call.start()
    await call.body(b"a", more=True)
    await call.body(b"", more=True)
    await call.body(b"bc")

    assert call.socket.writes == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n",
        b"2\r\nbc\r\n0\r\n\r\n",
    ]


async def test_a_head_that_nothing_follows_goes_out_by_itself():
    call = Call()
    await call.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert call.socket.writes == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n"
    ]


async def test_a_head_that_waits_is_dropped_where_the_connection_is_closed_over_a_failure():
    call = Call()
    await call.start()
    call.socket.close()
    await asyncio.sleep(0)

    assert call.socket.writes == []


async def test_nothing_goes_out_to_who_has_left():
    call = Call()
    await call.start()
    call.cycle.disconnected = True
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await call.body(b"a")

    assert call.socket.writes == []


async def test_an_answer_to_head_has_no_body():
    call = Call("HEAD")
    await call.start((b"content-length", b"5"))
    await call.body(b"hello")

    assert call.socket.writes == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 5\r\n\r\n"]


async def test_an_answer_without_content_has_no_framing():
    call = Call()
    await call.start(status=204)
    await call.body()

    assert call.socket.writes == [b"HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n"]


@pytest.mark.parametrize("said", [(), ((b"Connection", b"Close"),)])
async def test_a_last_answer_says_so_once_and_closes(said):
    call = Call(keep_alive=bool(said))
    await call.start((b"content-length", b"0"), *said)
    await call.body()

    (head,) = call.socket.writes
    assert head.lower().count(b"connection: close") == 1
    assert call.socket.closed


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
async def test_a_header_that_would_break_the_head_is_refused(value):
    call = Call()
    with pytest.raises(RuntimeError, match="line break"):
        await call.start((b"x-y", value))

    assert call.socket.writes == []


@pytest.mark.parametrize("body", [b"a", b"abc"])
async def test_a_body_of_another_length_than_the_head_says_is_refused(body):
    call = Call()
    await call.start((b"content-length", b"2"))
    with pytest.raises(RuntimeError, match="content-length"):
        await call.body(body)


async def test_a_piece_can_be_written_without_a_wait():
    call = Call()
    await call.start()
    welcome = call.cycle.write(b"a")
    call.flow.write_paused = True
    full = call.cycle.write(b"b")
    await call.cycle.drained()
    await call.body()

    assert (welcome, full, call.flow.drained) == (True, False, 2)
    assert b"".join(call.socket.writes).endswith(b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n")


async def test_chunks_go_as_they_are_once_the_head_is_out():
    call = Call()
    await call.start()
    early = call.cycle.chunks()
    call.cycle.write(b"a")
    write, backlog = call.cycle.chunks()
    write(b"1\r\nb\r\n")
    was_there = backlog.is_deserted
    call.cycle.abandon()

    assert (early, was_there, backlog.is_deserted) == (None, False, True)
    assert b"".join(call.socket.writes).endswith(b"1\r\na\r\n1\r\nb\r\n")


@pytest.mark.parametrize(
    ("method", "header"), [("HEAD", (b"x", b"y")), ("POST", (b"content-length", b"2"))]
)
async def test_where_a_body_is_not_in_chunks_none_go(method, header):
    call = Call(method)
    await call.start(header)
    call.cycle.write(b"hi")

    assert call.cycle.chunks() is None


async def test_a_piece_for_who_has_left_is_dropped_and_nobody_is_waited_for():
    call = Call()
    await call.start()
    call.cycle.disconnected = True
    call.flow.write_paused = True
    welcome = call.cycle.write(b"a")
    await call.cycle.drained()

    assert (welcome, call.socket.writes, call.flow.drained) == (True, [], 0)


async def test_messages_out_of_their_order_are_refused():
    early, twice, late = Call(), Call(), Call()
    with pytest.raises(RuntimeError, match=r"http\.response\.body"):
        await early.body(b"a")
    await twice.start()
    with pytest.raises(RuntimeError, match=r"http\.response\.start"):
        await twice.start()
    await late.start()
    await late.body()
    with pytest.raises(RuntimeError, match=r"http\.response\.body"):
        await late.body()


async def test_a_full_buffer_is_waited_for():
    call = Call()
    call.flow.write_paused = True
    await call.start()

    assert call.flow.drained == 1


def test_a_whole_answer_is_one_write():
    call = Call()

    assert call.cycle.answer(200, [(b"content-length", b"2")], b"hi")
    assert call.socket.writes == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\nhi"]
    assert call.over == 1
    assert call.cycle.response_complete


def test_a_whole_answer_that_is_the_last_says_so_and_closes():
    call = Call(keep_alive=False)
    call.cycle.answer(200, [(b"content-length", b"0")], b"")

    assert b"connection: close\r\n" in call.socket.writes[0]
    assert call.socket.closed


def test_a_whole_answer_with_a_line_break_in_a_header_is_not_written():
    call = Call()
    with pytest.raises(RuntimeError):
        call.cycle.answer(200, [(b"content-length", b"0"), (b"a", b"b\r\nc: d")], b"")

    assert call.socket.writes == []


async def test_a_whole_answer_waits_for_its_time():
    begun, left, full, bodiless = Call(), Call(), Call(), Call()
    await begun.start()
    left.cycle.disconnected = True
    full.flow.write_paused = True

    assert not begun.cycle.answer(200, [], b"")
    assert not left.cycle.answer(200, [], b"")
    assert not full.cycle.answer(200, [], b"")
    assert not bodiless.cycle.answer(204, [], b"")
    assert not Call("HEAD").cycle.answer(200, [], b"")


async def test_a_body_that_is_all_here_can_be_taken_once_and_then_only_the_leaving_is_told():
    call = Call()
    call.cycle.body += b"abc"
    call.cycle.message_event.set()
    partly = call.cycle.taken()
    call.cycle.more_body = False
    body = call.cycle.taken()
    waiting = asyncio.ensure_future(call.cycle.receive())
    await asyncio.sleep(0)
    told = waiting.done()
    call.cycle.disconnected = True
    call.cycle.message_event.set()

    assert (partly, body, told) == (None, b"abc", False)
    assert await waiting == {"type": "http.disconnect"}


def test_nothing_is_taken_from_who_left_or_has_not_sent_it():
    left, asked = Call(), Call()
    left.cycle.more_body = asked.cycle.more_body = False
    left.cycle.disconnected = True
    asked.cycle.waiting_for_100_continue = True

    assert left.cycle.taken() is None
    assert asked.cycle.taken() is None


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_a_stream_that_is_opened_at_once_is_what_a_stream_is(keep_alive):
    one, other = Call(keep_alive=keep_alive), Call(keep_alive=keep_alive)
    await one.start((b"a", b"b"))
    other.cycle.open_at_once(b"a: b\r\n")
    for call in (one, other):
        call.cycle.write(b"c")
        call.cycle.end(b"d")

    assert one.socket.writes == other.socket.writes
    assert (other.over, other.socket.closed) == (1, not keep_alive)


async def test_a_stream_that_is_opened_keeps_no_body_of_its_request():
    call = Call()
    call.cycle.body, call.cycle.more_body = b"a long prompt", False
    call.cycle.open_at_once(b"a: b\r\n")

    assert bytes(call.cycle.body) == b""
    assert (await call.cycle.receive())["type"] == "http.request"


@pytest.mark.parametrize("keep_alive", [True, False])
async def test_a_stream_that_is_all_here_is_one_write(keep_alive):
    one, other = Call(keep_alive=keep_alive), Call(keep_alive=keep_alive)
    one.cycle.open_at_once(b"a: b\r\n")
    one.cycle.end(b"cde")
    other.cycle.stream_at_once(b"a: b\r\n", [b"c", b"", b"de"], 3)

    assert one.socket.writes == other.socket.writes
    assert (len(other.socket.writes), other.over, other.cycle.response_complete) == (1, 1, True)
    assert other.socket.closed is not keep_alive


async def test_a_long_body_is_not_copied_behind_its_head():
    call = Call()
    body = bytes(2 * 1024 * 1024)

    assert call.cycle.answer(200, [(b"content-length", b"%d" % len(body))], body)
    assert call.socket.writes[0].endswith(b"\r\n\r\n")
    assert call.socket.writes[1] is body
