"""Several servers in one process that share their connections as workers do, each with a queue and a port of its own."""

import asyncio
import errno
import os
import resource
import socket
import ssl
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
import trustme

from proxy.config import schema
from proxy.web import acceptor as subject
from proxy.web.acceptor import Acceptor, Roll
from proxy.web.answer import answer
from proxy.web.handover import Handover, Member
from proxy.web.listening import listen
from proxy.web.server import Server
from tests.support.rawclient import RawClient, request
from tests.support.turns import eventually
from tests.support.webserver import on_each_loop


async def hello(_, __, send):
    await answer(send, 200, b"hello")


class House:
    """Its servers; `handover` is what they share."""

    def __init__(self, places):
        self.handover = Handover(places)
        self.servers = []
        self.addresses = []
        self.callers = []
        """Closed at the end."""
        self.go_on = asyncio.Event()
        """Whoever asks for `/slow` waits for it."""

    async def serve(self, scope, receive, send):
        if scope["path"] == "/slow":
            await self.go_on.wait()
        await hello(scope, receive, send)

    def member(self, place):
        """In one process nobody lets go of what is another's."""
        ours = self.handover
        return Member(place, ours.spread, ours._inboxes[place], ours._ways)

    def shares(self):
        """How many connections each has open."""
        return [len(server._uvicorn.server_state.connections) for server in self.servers]

    def loads(self):
        return [self.handover.spread.load(place) for place in range(len(self.servers))]

    def acceptor(self, place):
        return self.servers[place]._uvicorn._acceptor

    @asynccontextmanager
    async def serving(self, place, listener=None, **settings):
        settings = schema.Server(**{"port": 0, "drain_timeout": 60.0, **settings})
        server = Server(self.serve, settings, signals=False)
        listener = listener or listen("127.0.0.1", 0, "here")
        self.addresses.append(listener.getsockname())
        self.servers.append(server)
        server.bind(listener, partial(Acceptor, self.member(place)))
        task = asyncio.ensure_future(server.serve())
        await eventually(lambda: server._uvicorn._acceptor is not None)
        try:
            yield server
        finally:
            for _ in range(1 if server.draining else 2):
                server.drain()
            await task


@asynccontextmanager
async def housed(places=2, **settings):
    house = House(places)
    async with AsyncExitStack() as stack:
        stack.callback(house.handover.close)
        for place in range(places):
            await stack.enter_async_context(house.serving(place, **settings))
        yield house
        for caller in house.callers:
            caller.close()


@asynccontextmanager
async def connected(house, count, place=0, tls=None):
    """So many callers of one place, each of which has been answered once."""
    async with AsyncExitStack() as stack:
        callers = []
        for _ in range(count):
            client = await RawClient.connect(house.addresses[place], ssl=tls)
            callers.append(await stack.enter_async_context(client))
            assert (await client.ask(request())).body == b"hello"
        yield callers


@contextmanager
def no_descriptor_left():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def turns(count):
    for _ in range(count):
        await asyncio.sleep(0)


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


@on_each_loop
async def test_whoever_they_come_to_each_has_as_many():
    async with housed(3) as house, connected(house, 9), connected(house, 9, place=1):
        shares, loads = house.shares(), house.loads()

    assert shares == loads == [6, 6, 6]


@on_each_loop
async def test_many_that_come_at_once_are_spread_as_well_as_one_after_the_other():
    async with housed() as house:
        callers = [socket.create_connection(house.addresses[0]) for _ in range(24)]
        await eventually(lambda: sum(house.shares()) == 24)
        shares = house.shares()
        for caller in callers:
            caller.close()
        await eventually(lambda: house.shares() == [0, 0])
        loads = house.loads()

    assert shares == [12, 12]
    assert loads == [0, 0]


@on_each_loop
async def test_connections_are_handed_over_before_their_handshake():
    authority = trustme.CA()
    with (
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.tempfile() as pem,
    ):
        tls = ssl.create_default_context()
        authority.configure_trust(tls)
        async with (
            housed(tls=schema.Tls(cert=pem, key=pem)) as house,
            connected(house, 8, tls=tls),
        ):
            shares = house.shares()

    assert shares == [4, 4]


@on_each_loop
async def test_a_handshake_counts_while_it_is_under_way_and_not_when_it_failed():
    authority = trustme.CA()
    with authority.issue_cert("localhost").private_key_and_cert_chain_pem.tempfile() as pem:
        async with housed(tls=schema.Tls(cert=pem, key=pem)) as house:
            callers = [await RawClient.connect(house.addresses[0]) for _ in range(4)]
            await eventually(lambda: house.loads() == [2, 2])
            shares = house.shares()
            for client in callers[:2]:
                await client.send(b"this is no handshake\r\n\r\n")
            for client in callers[2:]:
                client.reset()
            await eventually(lambda: house.loads() == [0, 0])
            for client in callers:
                await client.close()

    assert shares == [0, 0]


@on_each_loop
async def test_what_is_sent_goes_out_at_once_whoever_took_the_connection():
    async with housed() as house, connected(house, 2):
        found = [
            connection._socket.get_extra_info("socket").getsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY
            )
            for server in house.servers
            for connection in server._uvicorn.server_state.connections
        ]

    assert [bool(each) for each in found] == [True, True]


@on_each_loop
async def test_what_was_handed_over_stays_however_many_there_are():
    elsewhere = listen("127.0.0.1", 0, "here")
    async with housed() as house, connected(house, 8):
        for _ in range(3):
            caller = socket.create_connection(elsewhere.getsockname())
            ours, _ = elsewhere.accept()
            house.handover.spread.hand(0, 1)
            socket.send_fds(house.handover._ways[1], [b"c"], [ours.fileno()])
            house.callers += [caller, ours]
        await eventually(lambda: house.shares()[1] == 7)
        elsewhere.close()

        assert house.shares() == [4, 7]


@on_each_loop
async def test_where_the_other_is_gone_all_stay_and_none_is_lost():
    async with housed() as house:
        house.handover.lost(1)
        async with connected(house, 6):
            shares = house.shares()

    assert shares == [6, 0]


@on_each_loop
async def test_what_cannot_be_sent_stays():
    async with housed() as house:
        house.handover._ways[1].close()
        async with connected(house, 6):
            shares, loads = house.shares(), house.loads()

    assert shares == loads == [6, 0]


@on_each_loop
async def test_who_is_about_to_stop_is_handed_nothing_and_gives_away_what_comes():
    async with housed(drain_delay=60.0) as house:
        house.servers[0].drain()
        async with connected(house, 3), connected(house, 3, place=1):
            shares = house.shares()

    assert shares == [0, 6]


@asynccontextmanager
async def just_handed_over(house):
    """A caller who was handed to the second place, which has not looked yet."""
    async with connected(house, 1):
        with socket.create_connection(house.addresses[0]) as caller:
            caller.setblocking(False)
            house.acceptor(0)._accept()
            assert house.loads() == [1, 1]
            yield caller


@on_each_loop
async def test_what_had_been_handed_to_one_that_stops_goes_to_another():
    async with housed() as house, just_handed_over(house) as caller:
        house.servers[1].drain()
        await eventually(lambda: house.shares() == [2, 0])
        caller.send(request())
        said = await asyncio.get_running_loop().sock_recv(caller, 1000)
        loads = house.loads()

    assert said.endswith(b"hello")
    assert loads == [2, 0]


@on_each_loop
async def test_what_had_been_handed_to_one_that_stops_with_all_is_closed_in_good_order():
    async with housed(drain_delay=60.0) as house, just_handed_over(house) as caller:
        house.servers[0].drain()
        house.servers[1]._uvicorn.stop()
        end = await asyncio.get_running_loop().sock_recv(caller, 1)
        there = house.handover.spread.is_there(1)

    assert (end, there) == (b"", False)


@on_each_loop
async def test_what_is_handed_over_too_late_waits_for_the_next_in_its_place():
    house = House(2)
    async with house.serving(0), connected(house, 1):
        async with house.serving(1):
            pass
        with socket.create_connection(house.addresses[0]) as late:
            house.handover.spread.hand(0, 1)
            socket.send_fds(house.handover._ways[1], [b"c"], [late.fileno()])
        async with house.serving(1):
            await eventually(lambda: house.shares()[2] == 1)
            load = house.handover.spread.load(1)
    house.handover.close()

    assert load == 1


@asynccontextmanager
async def ending(house, place):
    """A place that has begun to stop, and has an answer under way."""
    async with await RawClient.connect(house.addresses[place]) as slow:
        await slow.send(request(path="/slow"))
        await eventually(lambda: house.servers[place]._uvicorn.server_state.tasks)
        house.servers[place].drain()
        await eventually(lambda: house.acceptor(place)._is_finishing)
        yield
        house.go_on.set()
        assert (await slow.ask(b"")).body == b"hello"


def hand_late(house, caller):
    """To the second place, by one who has seen it there a moment ago."""
    house.handover.spread.hand(0, 1)
    socket.send_fds(house.handover._ways[1], [b"c"], [caller.fileno()])


@contextmanager
def queued(house):
    """A caller that the first place has taken off its queue, as it stands there and here."""
    with socket.create_connection(house.addresses[0]) as caller:
        caller.setblocking(False)
        yield caller, house.servers[0]._socket.accept()[0]


@on_each_loop
async def test_what_is_handed_over_while_answers_end_goes_to_another():
    async with housed() as house, ending(house, 1):
        with queued(house) as (caller, taken):
            with taken:
                hand_late(house, taken)
            await eventually(lambda: house.shares()[0] == 1)
            caller.send(request())
            said = await asyncio.get_running_loop().sock_recv(caller, 1000)

    assert said.endswith(b"hello")


async def test_what_is_handed_over_while_answers_end_is_closed_where_no_other_is_there():
    async with housed() as house, ending(house, 1):
        with queued(house) as (caller, taken):
            with taken:
                house.servers[0].drain()
                hand_late(house, taken)
            end = await asyncio.get_running_loop().sock_recv(caller, 1)

    assert end == b""


async def test_what_could_not_be_taken_when_it_stopped_is_taken_once_there_are_descriptors(
    monkeypatch,
):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    async with housed() as house:
        take = house.acceptor(1)._member.take
        full = Mock(side_effect=OSError(errno.EMFILE, "Too many open files"))
        monkeypatch.setattr(house.acceptor(1)._member, "take", full)
        async with ending(house, 1):
            with queued(house) as (caller, taken):
                with taken:
                    hand_late(house, taken)
                await eventually(lambda: full.called)
                assert house.shares()[0] == 0
                monkeypatch.setattr(house.acceptor(1)._member, "take", take)
                await eventually(lambda: house.shares()[0] == 1)
                assert not house.handover.spread.is_there(1)
                caller.close()


async def test_who_has_no_descriptor_is_handed_nothing_when_it_tries_again(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 60.0)
    async with housed(1) as house:
        acceptor = house.acceptor(0)
        acceptor._pause(OSError(errno.EMFILE, "Too many open files"))
        there = []
        with no_descriptor_left():
            acceptor._begin()
            there.append(house.handover.spread.is_there(0))
        acceptor._again.cancel()
        acceptor._begin()
        there.append(house.handover.spread.is_there(0))

    assert there == [False, True]


def paused(caplog):
    return [r for r in caplog.records if "no connection can be taken" in r.getMessage()]


@pytest.mark.parametrize("came", ["queue", "inbox"])
async def test_without_a_descriptor_callers_wait_and_nothing_spins(came, caplog, monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 60.0)
    async with housed() as house, connected(house, 1):
        caller = socket.create_connection(house.addresses[0])
        if came == "inbox":
            house.acceptor(0)._accept()
        with no_descriptor_left():
            await turns(50)
            waiting = house.shares(), house.handover.spread.is_there(int(came == "inbox"))
        busy = house.acceptor(int(came == "inbox"))
        busy._again.cancel()
        busy._begin()
        await eventually(lambda: house.shares() == [1, 1])
        caller.close()

    assert waiting == ([1, 0], False)
    assert len(paused(caplog)) == 1
    assert "Too many open files" in caplog.text


async def test_after_a_pause_connections_are_taken_again(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 0.01)
    async with housed() as house:
        with socket.create_connection(house.addresses[0]):
            with no_descriptor_left():
                await turns(10)
            await eventually(lambda: sum(house.shares()) == 1)

        assert house.handover.spread.is_there(0)


async def test_who_stops_while_it_pauses_does_not_begin_again(monkeypatch):
    monkeypatch.setattr(subject, "PAUSE", 0.0)
    async with housed(1) as house:
        acceptor = house.acceptor(0)
        acceptor._pause(OSError(errno.EMFILE, "Too many open files"))
        house.servers[0].drain()
        acceptor._pause(OSError(errno.EMFILE, "Too many open files"))
        await turns(10)

        assert not house.handover.spread.is_there(0)


class Fickle(socket.socket):
    """A queue of which the first caller leaves before it is taken."""

    left = False
    why = 0

    def accept(self):
        if not self.left:
            self.left = True
            super().accept()[0].close()
            raise OSError(self.why, "it has left")
        return super().accept()


@pytest.mark.parametrize("why", [errno.ECONNABORTED, errno.EPROTO, errno.EHOSTUNREACH])
async def test_a_caller_that_leaves_the_queue_takes_nobody_along(why, caplog):
    with listen("127.0.0.1", 0, "here") as plain:
        queue = Fickle(fileno=plain.detach())
    queue.why = why
    house = House(1)
    async with house.serving(0, queue):
        callers = [socket.create_connection(house.addresses[0]) for _ in range(2)]
        await eventually(lambda: house.shares() == [1])
        for caller in callers:
            caller.close()
    house.handover.close()

    assert queue.left
    assert not paused(caplog)


async def test_where_nobody_can_hand_over_the_inbox_is_left_alone():
    async with housed(1) as house, connected(house, 1):
        for way in house.handover._ways:
            way.close()
        await turns(10)
        async with connected(house, 1):
            assert house.shares() == [2]


@on_each_loop
async def test_no_descriptor_stays_behind():
    counts = []
    for _ in range(3):
        async with housed() as house:
            async with connected(house, 8), connected(house, 8, place=1):
                pass
            await eventually(lambda house=house: house.shares() == [0, 0])
        counts.append(descriptors())

    assert len(set(counts)) == 1


def test_the_roll_tells_each_change_and_counts_what_is_being_opened():
    told = []
    roll = Roll(told.append)
    roll.expect("a")
    roll.expect("b")
    roll.add("a")
    roll.settle("a")
    roll.settle("b")
    roll.discard("a")

    assert told == [1, 2, 1, 0]
    assert (roll, roll.count) == (set(), 0)
