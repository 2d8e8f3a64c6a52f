import asyncio

import pytest

from proxy.web.body import read_body
from proxy.web.deadline import PACE
from proxy.web.peer import GONE, WIRE
from proxy.web.protocol import Connection
from proxy.web.refusal import TIMED_OUT
from proxy.web.request_id import request_id_of
from proxy.web.server import Moments
from proxy.web.unread import REFUSED
from tests.support.rawclient import RawClient, post, request
from tests.support.turns import eventually
from tests.support.webserver import HandTime, hasty, on_each_loop, serving

MIB = 1024 * 1024


async def echo(scope, receive, send):
    body = await read_body(receive, 64 * MIB)
    said = f"{scope['method']} {scope['path']} {len(body)} {body[:20].decode('latin-1')}"
    await reply(send, said.encode())


async def reply(send, body, status=200):
    length = str(len(body)).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def begin(send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


def part(body, *, more=True):
    return {"type": "http.response.body", "body": body, "more_body": more}


async def stream_of_two(_, __, send):
    await begin(send)
    await send(part(b"one"))
    await send(part(b"two", more=False))


class Stream:
    """Says one chunk, waits for the word, says another and ends. Knows whether its caller left."""

    def __init__(self):
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, scope, receive, send):
        if scope["path"] != "/stream":
            await echo(scope, receive, send)
            return
        await read_body(receive, MIB)
        watcher = asyncio.ensure_future(self._watch(receive))
        await begin(send)
        await send(part(b"one"))
        await self.go_on.wait()
        await send(part(b"two"))
        await send(part(b"", more=False))
        watcher.cancel()

    async def _watch(self, receive):
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()
        self.go_on.set()


async def asked(data, *, protocol=Connection, app=echo):
    """The first answer to these bytes, and what came after it until the server hung up."""
    async with serving(app, protocol=protocol) as (address, _), await connected(address) as client:
        response = await client.ask(data)
        rest = await client.rest() if response.header("connection") == "close" else None
        return response, rest


async def connected(address):
    return await RawClient.connect(address)


async def test_a_client_that_says_no_more_gets_what_was_said_to_it_in_that_turn():
    async def app(scope, receive, send):
        await read_body(receive, MIB)
        connection = scope[WIRE].transport._owner
        connection.transport.write_soon(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
        # What loops do where they read the end of a connection.
        assert not connection.eof_received()
        connection._socket.close()

    async with serving(app) as (address, _), await connected(address) as client:
        assert (await client.ask(request("POST", "/", "content-length: 0"))).body == b"hi"


@on_each_loop
async def test_a_silent_connection_is_closed_without_a_word():
    async with (
        serving(echo, protocol=hasty(fresh_idle=0.15)) as (address, _),
        await connected(address) as client,
    ):
        assert await client.rest() == b""


@on_each_loop
async def test_empty_lines_before_a_request_are_ignored_and_buy_no_time():
    async with serving(echo) as (address, _), await connected(address) as client:
        assert (await client.ask(b"\r\n" + request())).status == 200
        assert (await client.ask(b"\r\n\r\n" + request())).status == 200
    async with (
        serving(echo, protocol=hasty(fresh_idle=0.15)) as (address, _),
        await connected(address) as client,
    ):
        hung_up = asyncio.ensure_future(client.rest())
        while not hung_up.done():
            await client.send(b"\r\n")
            await asyncio.wait([hung_up], timeout=0.02)

        assert hung_up.result() == b""


@on_each_loop
async def test_a_head_that_trickles_in_has_one_deadline_in_all():
    protocol = hasty(head_deadline=0.15)
    async with serving(echo, protocol=protocol) as (address, _), await connected(address) as client:
        await client.send(b"GET / HTTP/1.1\r\n")
        answered = asyncio.ensure_future(client.response())
        while not answered.done():
            await client.send(b"x-a: b\r\n")
            await asyncio.wait([answered], timeout=0.02)

        assert answered.result().status == 408
        assert answered.result().error["code"] == "request_timeout"
        assert await client.rest() == b""


@on_each_loop
async def test_the_head_of_a_later_request_has_the_same_deadline():
    protocol = hasty(head_deadline=0.15)
    async with serving(echo, protocol=protocol) as (address, _), await connected(address) as client:
        assert (await client.ask(request())).status == 200
        assert (await client.ask(b"G")).status == 408


@on_each_loop
async def test_a_body_that_stops_is_refused_and_the_application_finds_the_caller_gone():
    ended = asyncio.Event()

    async def app(scope, receive, send):
        try:
            await echo(scope, receive, send)
        finally:
            ended.set()

    protocol = hasty(body_idle=0.15, linger=60.0)
    async with serving(app, protocol=protocol) as (address, _), await connected(address) as client:
        response = await client.ask(request("POST", "/", "content-length: 10") + b"half")
        # The client has not hung up yet, and nobody waits for that.
        await eventually(ended.is_set)

    assert response.status == 408


UNREADABLE = [
    (b"GET / HTTP/1.1\r\nhost: h\r\nbad header\r\n\r\n", 400, "GET", "/"),
    (b"\x16\x03\x01 hello\r\n\r\n", 400, "", ""),
    (request("POST", "/" + "x" * 3000), 414, "POST", None),
    (request("POST", "/v1/x", *(f"a{n}: b" for n in range(101)), body=b"{}"), 431, "POST", "/v1/x"),
    (request(path="/", host="a b"), 400, "GET", "/"),
    (b"P", 408, "", ""),
]


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize(("data", "status", "method", "path"), UNREADABLE)
async def test_what_cannot_be_read_is_told_with_what_is_known_of_it_under_the_id_of_its_answer(
    data, status, method, path, is_first
):
    told = []
    moments = Moments(turned_away=lambda *heard: told.append(heard))
    async with (
        serving(echo, protocol=hasty(head_deadline=0.15), moments=moments) as (address, _),
        await connected(address) as client,
    ):
        if not is_first:
            assert (await client.ask(request("PUT", "/old", "x-request-id: old"))).status == 200
        response = await client.ask(data)

    ((scope, refusal),) = told
    assert (response.status, refusal.status) == (status, status)
    assert scope["method"] == method
    assert path is None or scope["path"] == path
    assert request_id_of(scope) == response.header("x-request-id") != "old"


async def test_what_is_refused_behind_another_answer_is_told_once():
    told = []
    moments = Moments(turned_away=lambda *heard: told.append(heard))
    app = Stream()
    async with (
        serving(app, protocol=hasty(body_idle=0.15), moments=moments) as (address, _),
        await connected(address) as client,
    ):
        await client.send(request(path="/stream"))
        await client.send(request("POST", "/next", "content-length: 9"))
        await eventually(lambda: told)
        app.go_on.set()
        first, second = await client.response(), await client.response()

    assert (first.status, second.status) == (200, 408)
    assert [scope["path"] for scope, _ in told] == ["/next"]
    assert request_id_of(told[0][0]) == second.header("x-request-id")


async def test_a_call_whose_body_stops_finds_out_why_and_tells_of_it_itself():
    told, scopes = [], []

    async def app(scope, receive, send):
        scopes.append(scope)
        await echo(scope, receive, send)

    moments = Moments(turned_away=lambda *heard: told.append(heard))
    async with (
        serving(app, protocol=hasty(body_idle=0.15), moments=moments) as (address, _),
        await connected(address) as client,
    ):
        stops = request("POST", "/", "content-length: 10", "x-request-id: mine")
        response = await client.ask(stops + b"half")

    assert (response.status, response.header("x-request-id")) == (408, "mine")
    assert scopes[0][REFUSED] is TIMED_OUT
    assert told == []


@on_each_loop
async def test_empty_lines_do_not_keep_an_idle_connection_open():
    protocol = hasty(keep_alive_idle=0.15)
    async with serving(echo, protocol=protocol) as (address, _), await connected(address) as client:
        assert (await client.ask(request())).status == 200
        hung_up = asyncio.ensure_future(client.rest())
        while not hung_up.done():
            await client.send(b"\r\n")
            await asyncio.wait([hung_up], timeout=0.02)

        assert hung_up.result() == b""


@on_each_loop
async def test_a_body_may_take_long_as_long_as_it_moves():
    time, heard = HandTime(), []

    async def app(scope, receive, send):
        async def listen():
            message = await receive()
            heard.append(message["body"])
            return message

        await echo(scope, listen, send)

    async with (
        serving(app, protocol=time.connection()) as (address, _),
        await connected(address) as client,
    ):
        piece = b"x" * int(Connection.body_idle * PACE)
        await client.send(request("POST", "/", f"content-length: {10 * len(piece)}"))
        for count in range(1, 10):
            await client.send(piece)
            await eventually(lambda count=count: len(b"".join(heard)) == count * len(piece))
            time.pass_by(0.9 * Connection.body_idle)
        await client.send(piece)

        assert (await client.response()).body.startswith(b"POST / 307200 ")
        assert time.now > 8 * Connection.body_idle


@on_each_loop
async def test_a_body_that_trickles_in_is_refused_however_steadily_it_moves():
    time, heard, over = HandTime(), [], asyncio.Event()

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            heard.append(message["body"])
        over.set()

    async with (
        serving(app, protocol=time.connection()) as (address, _),
        await connected(address) as client,
    ):
        await client.send(request("POST", "/", "content-length: 100"))
        for count in range(1, 9):
            await client.send(b"x")
            await eventually(lambda n=count: over.is_set() or len(b"".join(heard)) == n)
            time.pass_by(0.3 * Connection.body_idle)

        assert over.is_set()
        assert (await client.response()).status == 408
        assert len(b"".join(heard)) < 5


@on_each_loop
async def test_a_client_that_was_not_told_to_continue_is_not_hurried():
    begun, go_on, time = asyncio.Event(), asyncio.Event(), HandTime()

    async def app(scope, receive, send):
        begun.set()
        await go_on.wait()
        await echo(scope, receive, send)

    async with (
        serving(app, protocol=time.connection()) as (address, _),
        await connected(address) as client,
    ):
        await client.send(request("POST", "/", "expect: 100-continue", "content-length: 2"))
        await begun.wait()
        for _ in range(3):
            time.pass_by(Connection.body_idle)
        go_on.set()
        assert (await client.head()).status == 100
        await client.send(b"ab")

        assert (await client.response()).body == b"POST / 2 ab"


@on_each_loop
async def test_a_body_that_nobody_reads_yet_is_not_hurried():
    go_on, time = asyncio.Event(), HandTime()

    async def app(scope, receive, send):
        await go_on.wait()
        await echo(scope, receive, send)

    def nothing_more_is_read():
        connections = server._uvicorn.server_state.connections
        return any(connection.flow.read_paused for connection in connections)

    body = b"b" * MIB
    async with (
        serving(app, protocol=time.connection()) as (address, server),
        await connected(address) as client,
    ):
        sender = asyncio.ensure_future(client.send(post(body=body)))
        await eventually(nothing_more_is_read)
        for _ in range(3):
            time.pass_by(Connection.body_idle)
        go_on.set()
        response = await client.response()
        await sender

    assert response.body.startswith(b"POST / 1048576 ")


@on_each_loop
async def test_requests_on_one_connection_are_answered_in_order():
    async with serving(echo) as (address, _), await connected(address) as client:
        await client.send(b"".join(request("GET", f"/{n}") for n in range(5)))
        pipelined = [(await client.response()).body for _ in range(5)]
        later = (await client.ask(post("/6", b"body"))).body

        assert pipelined == [f"GET /{n} 0 ".encode() for n in range(5)]
        assert later == b"POST /6 4 body"


@on_each_loop
async def test_a_refusal_waits_for_the_answers_before_it():
    stream = Stream()
    async with serving(stream) as (address, _), await connected(address) as client:
        await client.send(post("/stream") + b"BROKEN\r\n\r\n")
        head = await client.head()
        first = await client.chunk()
        stream.go_on.set()
        second = await client.chunk()
        end = await client.chunk()
        refusal = await client.response()

        assert (head.status, first, second, end) == (200, b"one", b"two", b"")
        assert refusal.status == 400
        assert await client.rest() == b""


@pytest.mark.parametrize("behind", [b"", request("GET", "/next"), b"POST /x HTTP/1.1\r\n"])
@on_each_loop
async def test_a_caller_who_leaves_is_gone_for_the_application_at_once(behind):
    stream = Stream()
    async with serving(stream) as (address, _):
        client = await connected(address)
        await client.send(post("/stream") + behind)
        await client.head()
        client.reset()

        await eventually(stream.left.is_set)


@on_each_loop
async def test_a_caller_who_leaves_is_heard_though_its_long_body_was_taken_at_once():
    taken: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    left = asyncio.Event()

    async def app(scope, _, __):
        scope[GONE].watch(left.set)
        cycle = scope[WIRE]
        # What a single read brings is more than may wait here; the reading has stopped.
        cycle.flow.pause_reading()
        taken.set_result(len(cycle.taken()))
        await left.wait()

    async with serving(app) as (address, _):
        client = await connected(address)
        await client.send(post("/", b"x" * 1000))
        size = await taken
        await client.close()

        await eventually(left.is_set)
        assert size == 1000


@on_each_loop
async def test_a_caller_who_leaves_before_the_end_of_the_body_is_gone():
    left = asyncio.Event()

    async def app(_, receive, __):
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with serving(app) as (address, server):
        client = await connected(address)
        head = request("POST", "/", "expect: 100-continue", "content-length: 10")
        await client.send(head + b"half")
        assert (await client.head()).status == 100
        (connection,) = server._uvicorn.server_state.connections
        await client.close()

        await eventually(left.is_set)
        assert (connection._reading._timer, connection._drain._deadline._timer) == (None, None)


@on_each_loop
async def test_an_answer_before_the_end_of_the_body_says_close_and_is_not_lost():
    async def app(_, __, send):
        await reply(send, b"too much", 413)

    async with serving(app) as (address, _), await connected(address) as client:
        head = request("POST", "/", f"content-length: {8 * MIB}")
        sender = asyncio.ensure_future(client.send(head + b"x" * 8 * MIB))
        response = await client.response()
        await sender

        assert (response.status, response.body) == (413, b"too much")
        assert response.header("connection") == "close"
        assert await client.rest() == b""


@on_each_loop
async def test_a_client_that_never_hangs_up_after_its_last_answer_is_closed():
    async def app(_, __, send):
        await reply(send, b"no", 401)

    protocol = hasty(linger=0.3)
    async with serving(app, protocol=protocol) as (address, server), await connected(address) as c:
        response = await c.ask(request("POST", "/", "content-length: 10") + b"half")
        assert (response.status, await c.rest()) == (401, b"")
        while server._uvicorn.server_state.connections:
            await asyncio.sleep(0.01)


@on_each_loop
async def test_a_reader_that_stalls_holds_little_memory_and_is_cut():
    ended = asyncio.Event()
    sent = 0
    buffered = []

    async def app(_, receive, send):
        nonlocal sent
        watcher = asyncio.ensure_future(_until_gone(receive))
        await begin(send)
        while not watcher.done():
            await send(part(b"x" * 16384))
            sent += 16384
            connections = list(server._uvicorn.server_state.connections)
            buffered.extend(c._socket.get_write_buffer_size() for c in connections)
            await asyncio.sleep(0)
        ended.set()

    async with serving(app, protocol=hasty(write_stall=0.2)) as (address, server):
        client = await RawClient.connect(address, receive_buffer=4096)
        client.stop_reading()
        await client.send(request())
        await ended.wait()
        client.reset()

    assert max(buffered) <= 64 * 1024 + 2 * 16384
    assert sent < 16 * MIB


async def _until_gone(receive):
    while (await receive())["type"] != "http.disconnect":
        pass


@on_each_loop
async def test_a_slow_reader_is_not_cut_as_long_as_it_reads():
    body = b"y" * (12 * MIB)

    async def app(_, __, send):
        await reply(send, body)

    time = HandTime()
    async with (
        serving(app, protocol=time.connection()) as (address, server),
        await RawClient.connect(address, receive_buffer=65536) as client,
    ):
        await client.send(request("GET", "/", "connection: close"))
        head = await client.head()
        (connection,) = server._uvicorn.server_state.connections
        got, left = 0, connection._socket.get_write_buffer_size()
        while piece := await client.read(256 * 1024):
            got += len(piece)
            now = connection._socket.get_write_buffer_size()
            if now < left:
                left = now
                time.pass_by(Connection.write_stall)

    assert (head.status, got) == (200, len(body))
    assert time.now > 2 * Connection.write_stall


@on_each_loop
async def test_a_last_answer_that_nobody_fetches_does_not_hold_the_connection():
    async def app(_, __, send):
        await reply(send, b"z" * (12 * MIB))

    async with serving(app, protocol=hasty(write_stall=0.2)) as (address, server):
        client = await RawClient.connect(address, receive_buffer=4096)
        client.stop_reading()
        await client.send(request("GET", "/", "connection: close"))
        while not server._uvicorn.server_state.total_requests:
            await asyncio.sleep(0.01)
        while server._uvicorn.server_state.connections:
            await asyncio.sleep(0.01)
        client.reset()


@on_each_loop
async def test_a_little_rest_that_nobody_fetches_does_not_hold_the_connection_either():
    finished = asyncio.Event()

    async def app(_, __, send):
        (connection,) = server._uvicorn.server_state.connections
        await begin(send)
        while not connection._socket.get_write_buffer_size():
            await send(part(b"x" * 4096))
            await asyncio.sleep(0)
        await send(part(b"", more=False))
        finished.set()

    async with serving(app, protocol=hasty(write_stall=0.2)) as (address, server):
        client = await RawClient.connect(address, receive_buffer=4096)
        client.stop_reading()
        await client.send(request("GET", "/", "connection: close"))
        await finished.wait()
        while server._uvicorn.server_state.connections:
            await asyncio.sleep(0.01)
        client.reset()


@on_each_loop
async def test_an_answer_that_breaks_off_is_not_ended_properly():
    async def app(_, receive, send):
        await read_body(receive, 10)
        await begin(send)
        await send(part(b"half"))

    async with serving(app) as (address, _), await connected(address) as client:
        response = await client.ask(request())

    assert (response.body, response.complete) == (b"half", False)
