import asyncio

import pytest

from proxy.core.outbox import Outbox
from proxy.web.client_transport import ClientTransport


class Wire(asyncio.Transport):
    def __init__(self):
        super().__init__()
        self.written = b""
        self.closing = False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.closing


class Owner:
    def __init__(self, wire=None, *, lingering=False):
        self.lingering = lingering
        self.wire = wire
        self.told = []
        """What was written by then, for each time that it was told."""

    def ended(self):
        self.told.append(self.wire.written)


def test_what_is_written_goes_straight_through():
    wire = Wire()
    ClientTransport(wire, Owner(), Outbox()).write(b"hello")

    assert wire.written == b"hello"


async def test_what_may_wait_goes_out_at_the_end_of_the_turn():
    wire = Wire()
    ClientTransport(wire, Owner(), Outbox()).write_soon(b"hello")

    assert wire.written == b""
    await asyncio.sleep(0)
    assert wire.written == b"hello"


async def test_what_may_wait_goes_out_before_what_may_not():
    wire = Wire()
    transport = ClientTransport(wire, Owner(), Outbox())
    transport.write_soon(b"first")
    transport.write(b"second")

    assert wire.written == b"firstsecond"


async def test_what_goes_straight_to_a_connection_is_behind_what_waited_for_it():
    wire = Wire()
    transport = ClientTransport(wire, Owner(), Outbox())
    transport.write_soon(b"first")
    write = transport.straight()
    write(b"second")

    assert wire.written == b"firstsecond"


async def test_what_waits_goes_out_before_a_connection_is_closed():
    wire, outbox = Wire(), Outbox()
    owner = Owner(wire)
    ClientTransport(wire, owner, outbox).write_soon(b"the last")
    ClientTransport(wire, owner, outbox).close()

    assert owner.told == [b"the last"]


def test_closing_is_left_to_the_owner():
    wire = Wire()
    owner = Owner(wire)
    ClientTransport(wire, owner, Outbox()).close()

    assert owner.told == [b""]
    assert not wire.closing


@pytest.mark.parametrize("lingering", [True, False])
@pytest.mark.parametrize("closing", [True, False])
def test_it_is_closing_where_the_wire_is_or_the_connection_only_lingers(lingering, closing):
    wire = Wire()
    wire.closing = closing

    assert ClientTransport(wire, Owner(lingering=lingering), Outbox()).is_closing() == (
        lingering or closing
    )
