"""Against the real system: two ends of a connection on the loopback interface."""

import asyncio
import errno
import gc
import selectors
import socket

import pytest
import uvloop

from proxy.upstream import beneath as beneath_module
from proxy.upstream import low_water as low_water_module
from proxy.upstream.beneath import Beneath
from proxy.upstream.low_water import LEAST, LowWater, is_heeded, low_water_of

HEEDED = [True] * is_heeded()
"""Not every system heeds the mark."""


@pytest.fixture
def fresh():
    """The system is tried anew."""
    is_heeded.cache_clear()
    yield
    is_heeded.cache_clear()


@pytest.fixture
def poller(ends):
    """Waits for what is said."""
    with selectors.DefaultSelector() as poller:
        poller.register(ends[1], selectors.EVENT_READ)
        yield poller


@pytest.mark.parametrize("_", HEEDED)
def test_what_is_less_than_the_mark_is_not_told_until_the_mark_is_lowered(ends, poller, _):
    speaker, hearer = ends
    mark = LowWater(Beneath(hearer))
    mark.set(1000)
    speaker.sendall(b"x" * 999)
    quiet = poller.select(0)
    mark.set(LEAST)

    assert (quiet, len(poller.select(1))) == ([], 1)


@pytest.mark.parametrize("_", HEEDED)
def test_the_end_is_told_whatever_the_mark(ends, poller, _):
    speaker, hearer = ends
    LowWater(Beneath(hearer)).set(1000)
    speaker.close()

    assert poller.select(1)


def low_water(connection):
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)


@pytest.mark.parametrize("was_set", [False, True])
def test_a_socket_that_is_closed_by_now_is_let_be_and_so_is_who_has_its_number(ends, was_set):
    speaker, hearer = ends
    mark = LowWater(Beneath(hearer))
    if was_set:
        mark.set(1)
    number = hearer.fileno()
    hearer.close()
    with speaker.dup() as other:
        assert other.fileno() == number, "the system gives the lowest number that is free"
        mark.set(1000)

        assert low_water(other) == LEAST


def test_a_system_that_refuses_is_let_be(ends, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EINVAL, "both have ended it")

    monkeypatch.setattr(beneath_module, "_Borrowed", refuse)
    LowWater(Beneath(ends[1])).set(1000)

    assert low_water(ends[1]) == LEAST


def test_a_mark_that_nobody_has_any_more_closes_nothing(ends):
    speaker, hearer = ends
    LowWater(Beneath(hearer)).set(1000)
    gc.collect()
    speaker.sendall(b"x")

    assert (low_water(hearer), hearer.recv(1, socket.MSG_DONTWAIT)) == (1000, b"x")


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_of_a_loop_s_transport_the_mark_is_set_until_it_is_closed(ends, loop):
    async def run():
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, sock=ends[1].dup()
        )
        mark = LowWater(Beneath(transport.get_extra_info("socket")))
        mark.set(1000)
        told = low_water(ends[1])
        transport.abort()
        await asyncio.sleep(0)
        mark.set(LEAST)
        return told, low_water(ends[1])

    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(run()) == (1000, 1000)


def test_a_connection_has_a_mark_where_it_is_heeded(ends, monkeypatch):
    told = []
    for heeded in (True, False):
        monkeypatch.setattr(low_water_module, "is_heeded", lambda heeded=heeded: heeded)
        told.append(low_water_of(Beneath(ends[1])) is not None)

    assert told == [True, False]


class Deaf(selectors.DefaultSelector):
    """The poller of a system that does not look again when a mark is lowered."""

    def select(self, timeout=None):
        return []


class Hasty(selectors.DefaultSelector):
    """The poller of a system that knows no mark."""

    def select(self, timeout=None):
        return [object()]


@pytest.mark.parametrize("poller", [Deaf, Hasty])
def test_a_system_that_heeds_the_mark_by_halves_is_not_relied_on(poller, fresh, monkeypatch):
    monkeypatch.setattr(low_water_module.selectors, "DefaultSelector", poller)

    assert not is_heeded()


def test_a_system_without_a_loopback_interface_is_not_relied_on(fresh, monkeypatch):
    def fail(*_):
        raise OSError(errno.EADDRNOTAVAIL, "no such address")

    monkeypatch.setattr(low_water_module.socket, "create_server", fail)

    assert not is_heeded()


def test_the_system_is_tried_once(fresh, monkeypatch):
    first = is_heeded()
    monkeypatch.setattr(low_water_module.socket, "create_server", None)

    assert is_heeded() is first
