"""Where many callers speak at once, what one says waits in line, and is then what it would have been."""

import asyncio

import pytest

from proxy.web.pacer import MOST, Pacer
from tests.support.rawclient import RawClient, request
from tests.support.turns import eventually
from tests.support.webserver import serving
from tests.web.test_protocol import echo, reply
from tests.web.test_protocol_held import BODY, HEAD, ready, strikes, watched


class Crowd:
    """The others, who have used up this turn of the loop; the next one begins when a test says so."""

    def __init__(self, connection):
        self.turns = []
        self.connection = connection
        self.pacer = connection._listener.pacer = Pacer(range(MOST + 1), self.turns.append)
        while self.pacer.has_room():
            pass

    @property
    def before(self):
        """Whether something that the connection said waits behind it."""
        return any(each is self.connection for each, _ in self.pacer._line)

    def turn(self):
        turns, self.turns[:] = self.turns.copy(), []
        for turn in turns:
            turn()


async def waiting(client, connection, data):
    """Say something that waits; gives the crowd before it."""
    crowd = Crowd(connection)
    await client.send(data)
    await eventually(lambda: crowd.before)
    return crowd


async def test_a_request_waits_for_its_turn():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        crowd = await waiting(client, connection, HEAD + BODY)
        before = (connection.again, len(connection.parsed))
        crowd.turn()
        answer = await client.ask(b"")
        await client.close()

    assert before == (0, 1)
    assert (answer.status, connection.again) == (200, 1)


async def test_the_pieces_of_a_request_wait_one_behind_the_other():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        crowd = await waiting(client, connection, HEAD)
        await client.send(BODY[:50])
        await eventually(lambda: len(crowd.pacer._line) == 2)
        await client.send(BODY[50:])
        await eventually(lambda: len(crowd.pacer._line) == 3)
        crowd.turn()
        answer = await client.ask(b"")
        await client.close()

    assert answer.body == b"POST / 100 " + b"x" * 20


@pytest.mark.parametrize("end", ["close", "abort"])
async def test_what_somebody_said_who_has_left_is_dropped(end):
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        crowd = await waiting(client, connection, HEAD + BODY)
        if end == "close":
            await client.close()
            await eventually(lambda: connection._lost)
            crowd.turn()
        else:
            connection.abort()
            crowd.turn()
            await client.close()

    assert connection.again == 0


async def test_a_connection_that_rested_long_is_kept_where_a_request_waits():
    protocol = watched(keep_alive_idle=60)
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await waiting(client, connection, HEAD + BODY)
        strikes(connection._resting)
        answer = await client.ask(b"")
        await client.close()

    assert answer.status == 200


async def test_a_connection_that_rested_long_is_kept_where_a_head_waits():
    protocol = watched(keep_alive_idle=60)
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        crowd = await waiting(client, connection, HEAD)
        strikes(connection._resting)
        crowd.turn()
        answer = await client.ask(BODY)
        await client.close()

    assert answer.status == 200


async def test_empty_lines_that_wait_buy_no_rest():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await waiting(client, connection, b"\r\n")
        strikes(connection._resting)
        assert await client.rest() == b""
        await client.close()

    assert connection._lost


async def test_a_byte_that_waits_buys_a_head_no_time():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await client.send(b"GET ")
        await eventually(lambda: connection._reading.moment is not None)
        await waiting(client, connection, b"/")
        strikes(connection._reading)
        answer = await client.ask(b"")
        await client.close()

    assert answer.status == 408


async def test_what_waits_buys_no_time_for_one_that_was_refused():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await client.ask(b"nonsense\r\n\r\n")
        await waiting(client, connection, b"more")
        assert connection.lingering
        strikes(connection._reading)
        assert connection._socket.is_closing()
        await client.close()


async def test_a_first_request_that_waits_is_in_time():
    protocol = watched(fresh_idle=60)
    async with serving(echo, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        await eventually(lambda: protocol.made)
        connection = protocol.made[0]
        await waiting(client, connection, HEAD + BODY)
        strikes(connection._reading)
        answer = await client.ask(b"")
        await client.close()

    assert answer.status == 200


async def test_the_rest_of_a_body_that_waits_is_in_time():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        await client.send(HEAD + b"x")
        await eventually(lambda: protocol.made and protocol.made[0].parsed)
        connection = protocol.made[0]
        await waiting(client, connection, BODY[1:])
        strikes(connection._reading)
        answer = await client.ask(b"")
        await client.close()

    assert answer.status == 200


@pytest.mark.parametrize("others", [0, 1])
@pytest.mark.parametrize(
    "rest",
    [b"x\0y: \0\r\n\r\n", b"host: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n"],
)
async def test_what_waits_may_be_refused_and_is_refused_once(rest, others):
    go_on, seen = asyncio.Event(), []

    async def slow(scope, receive, send):
        seen.append(scope["path"])
        if scope["path"] == "/slow":
            await go_on.wait()
        await reply(send, b"")

    protocol = watched()
    async with serving(slow, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        await client.send(request("GET", "/slow") + request("GET", "/second") * others)
        await eventually(lambda: seen)
        connection = protocol.made[0]
        connection.flow.resume_reading()
        await client.send(b"POST /bad HTTP/1.1\r\n")
        await eventually(lambda: connection._reading.moment is not None)
        connection.flow.resume_reading()
        await waiting(client, connection, rest)
        strikes(connection._reading)
        go_on.set()
        answers = [await client.ask(b"") for _ in range(2 + others)]
        await client.close()

    assert [answer.status for answer in answers] == [200] * (1 + others) + [400]
    assert seen == ["/slow", "/second"][: 1 + others]


@pytest.mark.parametrize("end", ["part", "shutdown"])
async def test_a_server_that_stops_takes_up_what_waits(end):
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await waiting(client, connection, HEAD + BODY)
        connection._listener.parting = end == "part"
        getattr(connection, end)()
        answer = await client.ask(b"")
        await client.close()

    assert (answer.status, answer.header("connection")) == (200, "close")


async def test_a_crowd_is_answered_each_its_own():
    async with serving(echo) as (address, server):
        clients = [await RawClient.connect(address) for _ in range(3 * MOST)]
        for _ in range(3):
            asked = (
                client.ask(request("POST", f"/{number}", "content-length: 2") + b"me")
                for number, client in enumerate(clients)
            )
            answers = await asyncio.gather(*asked)
            assert [answer.body for answer in answers] == [
                b"POST /%d 2 me" % number for number in range(len(clients))
            ]
        for client in clients:
            await client.close()
        assert not server._uvicorn.server_state.pacer._line
