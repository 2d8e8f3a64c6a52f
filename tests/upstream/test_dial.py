import asyncio
import socket

import pytest

from proxy.upstream import dial as module
from proxy.upstream.dial import HEAD_START, dial
from proxy.upstream.origin import Origin
from proxy.upstream.resolver import Address, Resolver
from tests.support.rawserver import RawServer, gone

ORIGIN = Origin("http", "name.test", 80)
SILENT = 10_000.0


def four(last):
    return Address(socket.AF_INET, (f"10.0.0.{last}", 80))


def six(last):
    return Address(socket.AF_INET6, (f"fd00::{last}", 80, 0, 0))


class Names:
    def __init__(self, addresses):
        self.addresses = addresses

    async def resolve(self, host, port):
        return self.addresses


class Socket:
    def __init__(self, address):
        self.address = address
        self.closed = False

    def close(self):
        self.closed = True


class Net:
    """Addresses that answer after a while, with a socket or an error."""

    def __init__(self, monkeypatch, answers):
        self.answers = answers
        self.started = []
        self.sockets = []
        monkeypatch.setattr(module, "_connect", self.connect)

    async def connect(self, address):
        self.started.append((asyncio.get_running_loop().time(), address))
        opened = Socket(address)
        self.sockets.append(opened)
        after, error = self.answers[address]
        try:
            await asyncio.sleep(after)
        except asyncio.CancelledError:
            opened.close()
            raise
        if error:
            opened.close()
            raise error
        return opened

    @property
    def left_open(self):
        return [opened.address for opened in self.sockets if not opened.closed]


@pytest.mark.virtual_time
async def test_a_silent_address_loses_to_the_next_after_its_head_start(monkeypatch):
    net = Net(monkeypatch, {six(1): (SILENT, None), four(1): (0.01, None), six(2): (0, None)})
    won = await dial(ORIGIN, Names([six(1), six(2), four(1)]))

    assert won.address == four(1)
    assert net.started == [(0.0, six(1)), (HEAD_START, four(1))]
    assert net.left_open == [four(1)]


@pytest.mark.virtual_time
async def test_an_address_that_refuses_is_followed_at_once(monkeypatch):
    refused = ConnectionRefusedError(111, "refused")
    net = Net(monkeypatch, {four(1): (0.01, refused), four(2): (0.01, refused), four(3): (0, None)})
    won = await dial(ORIGIN, Names([four(1), four(2), four(3)]))

    assert won.address == four(3)
    assert asyncio.get_running_loop().time() == pytest.approx(0.02)
    assert net.left_open == [four(3)]


@pytest.mark.virtual_time
async def test_when_all_fail_the_first_address_gives_the_reason(monkeypatch):
    errors = {four(1): (0.3, OSError(113, "one")), four(2): (0.01, OSError(111, "two"))}
    net = Net(monkeypatch, errors)
    with pytest.raises(OSError, match="one"):
        await dial(ORIGIN, Names([four(1), four(2)]))

    assert net.left_open == []


@pytest.mark.virtual_time
async def test_two_that_answer_together_leave_one_open(monkeypatch):
    net = Net(monkeypatch, {four(1): (HEAD_START + 1, None), four(2): (1, None)})
    won = await dial(ORIGIN, Names([four(1), four(2)]))

    assert net.left_open == [won.address]


@pytest.mark.virtual_time
async def test_cancelling_the_race_closes_every_socket(monkeypatch):
    net = Net(monkeypatch, {four(1): (SILENT, None), four(2): (SILENT, None)})
    racing = asyncio.ensure_future(dial(ORIGIN, Names([four(1), four(2)])))
    await asyncio.sleep(1)
    racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing

    assert (len(net.sockets), net.left_open) == (2, [])


@pytest.mark.virtual_time
async def test_cancelling_with_a_winner_in_hand_closes_the_winner(monkeypatch):
    net = Net(monkeypatch, {four(1): (1, None), four(2): (SILENT, None)})
    racing = asyncio.ensure_future(dial(ORIGIN, Names([four(1), four(2)])))
    while not (net.sockets and asyncio.get_running_loop().time() >= 1):
        await asyncio.sleep(0.25)
        if asyncio.get_running_loop().time() >= 1:
            racing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await racing

    assert net.left_open == []


async def test_a_socket_is_connected_quick_and_kept_alive():
    async with RawServer([gone]) as server:
        connected = await dial(Origin("http", "127.0.0.1", server.port), Resolver())

        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        assert connected.gettimeout() == 0
        connected.close()
        await server.all_gone()


async def test_a_refused_socket_is_closed():
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        port = dead.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            await dial(Origin("http", "127.0.0.1", port), Resolver())
