"""A client sends the head of its call by itself, as many do, and the body after it."""

import asyncio

import pytest

from proxy.web.protocol import Connection
from tests.support.rawclient import RawClient, request
from tests.support.turns import eventually
from tests.support.webserver import hasty, serving
from tests.web.test_protocol import echo, reply

BODY = b"x" * 100
HEAD = request("POST", "/", f"content-length: {len(BODY)}")


class Watched(Connection):
    """Knows what it was given, and how often the parser read."""

    made: list["Watched"]

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.parsed = []
        self.again = 0
        self.made.append(self)

    def _parse(self, data):
        self.parsed.append(data)
        super()._parse(data)

    def _begin_again(self, again):
        self.again += 1
        super()._begin_again(again)


def watched(**deadlines):
    return type("Own", (Watched,), {"made": [], **deadlines})


async def ready(address, protocol):
    """A client whose head is known, and its connection."""
    client = await RawClient.connect(address)
    assert (await client.ask(HEAD + BODY)).status == 200
    connection = protocol.made[-1]
    for known in connection._listener.heads._heads.values():
        known.is_let_in = True
    return client, connection


async def held(client, connection, data=HEAD):
    await client.send(data)
    await eventually(lambda: connection._held == data)


def strikes(deadline):
    """Its moment is there."""
    deadline.moment = None
    deadline._missed(deadline._owner)


@pytest.mark.parametrize("cut", [len(HEAD), len(HEAD) + 1, len(HEAD) + 99])
async def test_a_body_that_comes_after_its_known_head_goes_past_the_parser(cut):
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection, (HEAD + BODY)[:cut])
        answer = await client.ask((HEAD + BODY)[cut:])
        await client.close()

    assert answer.body == b"POST / 100 " + b"x" * 20
    assert (connection.again, len(connection.parsed), connection._held) == (1, 1, b"")


async def test_a_head_is_learned_though_its_body_comes_after_it():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        await client.send(HEAD)
        await eventually(lambda: protocol.made[0].parsed)
        first = await client.ask(BODY)
        second = await client.ask(HEAD + BODY)
        await client.close()

    assert first.body == second.body
    assert protocol.made[0].again == 1


async def test_more_than_the_body_is_for_the_parser():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection)
        first = await client.ask(BODY + HEAD + BODY)
        second = await client.ask(b"")
        await client.close()

    assert first.body == second.body
    assert (connection.again, connection.parsed[1:]) == (0, [HEAD + BODY + HEAD + BODY])


async def test_a_body_that_stops_behind_a_known_head_is_refused():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection)
        await client.send(b"half")
        await eventually(lambda: connection._held == HEAD + b"half")
        strikes(connection._reading)
        answer = await client.response()
        await client.close()

    assert answer.status == 408
    assert connection.parsed[1:] == [HEAD + b"half"]


async def test_a_body_that_trickles_in_behind_a_known_head_is_refused():
    protocol = watched(body_idle=0.3)
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection)
        answer = asyncio.ensure_future(client.response())
        for _ in BODY:
            await client.send(b"x")
            await asyncio.wait([answer], timeout=0.02)
            if answer.done():
                break
        await client.close()

    assert (await answer).status == 408
    assert connection.again == 0


@pytest.mark.parametrize("body", [b"\r\n" * 50, b"\n" + b"x" * 99])
async def test_line_ends_are_a_body_like_any_other(body):
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection)
        answer = await client.ask(body)
        await client.close()

    assert answer.body == b"POST / 100 " + body[:20]


@pytest.mark.parametrize("end", ["part", "shutdown"])
async def test_a_server_that_stops_waits_for_a_body_whose_head_is_here(end):
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        await held(client, connection)
        connection._listener.parting = end == "part"
        getattr(connection, end)()
        answer = await client.ask(BODY)
        await client.close()

    assert (answer.status, answer.header("connection")) == (200, "close")


async def test_a_caller_who_leaves_before_its_body_leaves_nothing_behind():
    protocol = watched()
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        before = asyncio.all_tasks()
        await held(client, connection)
        await client.close()
        await eventually(lambda: connection._lost)

        assert asyncio.all_tasks() <= before

    assert connection.again == 0


async def test_who_was_refused_need_not_send_its_body_first():
    async def refuse(scope, receive, send):
        await reply(send, b"no", 403)

    protocol = watched()
    async with serving(refuse, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        first = await client.ask(HEAD + BODY)
        second = await client.ask(HEAD)
        await client.close()

    assert (first.status, second.status) == (403, 403)


async def test_a_long_body_is_read_as_it_comes():
    protocol = hasty()
    long = request("POST", "/", "content-length: 100000")
    async with serving(echo, protocol=protocol) as (address, _):
        client = await RawClient.connect(address)
        answers = [await client.ask(long + b"y" * 100_000) for _ in range(2)]
        await client.send(long)
        answers.append(await client.ask(b"y" * 100_000))
        await client.close()

    assert {answer.body for answer in answers} == {b"POST / 100000 " + b"y" * 20}


async def test_a_connection_has_a_parser_only_where_it_has_to_read_a_head():
    protocol = watched()
    other = request("POST", "/other", f"content-length: {len(BODY)}")
    async with serving(echo, protocol=protocol) as (address, _):
        client, connection = await ready(address, protocol)
        known = await client.ask(HEAD + BODY)
        without = connection.parser
        new = await client.ask(other + BODY)
        await client.close()

    assert (known.status, without, connection.again) == (200, None, 1)
    assert new.body.startswith(b"POST /other 100 ")
