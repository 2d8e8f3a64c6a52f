"""Against the real system: two ends of a connection on the loopback interface."""

import asyncio
import errno
import selectors
import socket

import pytest

from proxy.upstream import low_water
from proxy.upstream.low_water import LEAST, gathering_socket, is_heeded, set_low_water

HEEDED = [True] * is_heeded()
"""Not every system heeds the mark."""


@pytest.fixture
def ends():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as speaker,
    ):
        hearer, _ = listener.accept()
        with hearer:
            yield speaker, hearer


@pytest.fixture
def fresh():
    """The system is tried anew."""
    is_heeded.cache_clear()
    yield
    is_heeded.cache_clear()


class Pipe(asyncio.Transport):
    """A transport over a socket."""


@pytest.fixture
def poller(ends):
    """Waits for what is said."""
    with selectors.DefaultSelector() as poller:
        poller.register(ends[1], selectors.EVENT_READ)
        yield poller


@pytest.mark.parametrize("_", HEEDED)
def test_what_is_less_than_the_mark_is_not_told_until_the_mark_is_lowered(ends, poller, _):
    speaker, hearer = ends
    set_low_water(hearer, 1000)
    speaker.sendall(b"x" * 999)
    quiet = poller.select(0)
    set_low_water(hearer, LEAST)

    assert (quiet, len(poller.select(1))) == ([], 1)


@pytest.mark.parametrize("_", HEEDED)
def test_the_end_is_told_whatever_the_mark(ends, poller, _):
    speaker, hearer = ends
    set_low_water(hearer, 1000)
    speaker.close()

    assert poller.select(1)


def test_a_socket_that_is_closed_by_now_is_let_be(ends):
    _, hearer = ends
    hearer.close()
    set_low_water(hearer, 1000)


def test_a_transport_gives_its_socket_where_the_mark_is_heeded(ends, monkeypatch):
    transport = Pipe({"socket": ends[1]})
    given = []
    for heeded in (True, False):
        monkeypatch.setattr(low_water, "is_heeded", lambda heeded=heeded: heeded)
        given.append(gathering_socket(transport))

    assert given == [ends[1], None]


def test_a_transport_without_a_socket_gives_none():
    assert gathering_socket(Pipe()) is None


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
    monkeypatch.setattr(low_water.selectors, "DefaultSelector", poller)

    assert not is_heeded()


def test_a_system_without_a_loopback_interface_is_not_relied_on(fresh, monkeypatch):
    def fail(*_):
        raise OSError(errno.EADDRNOTAVAIL, "no such address")

    monkeypatch.setattr(low_water.socket, "create_server", fail)

    assert not is_heeded()


def test_the_system_is_tried_once(fresh, monkeypatch):
    first = is_heeded()
    monkeypatch.setattr(low_water.socket, "create_server", None)

    assert is_heeded() is first
