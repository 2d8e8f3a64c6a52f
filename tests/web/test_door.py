import asyncio

import pytest

from proxy.web.door import Door


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
    def __init__(self, lingering=False):
        self.lingering = lingering
        self.told = []

    def ended(self):
        self.told.append("ended")


def test_what_is_written_goes_straight_through():
    wire = Wire()
    Door(wire, Owner()).write(b"hello")

    assert wire.written == b"hello"


def test_closing_is_left_to_the_owner():
    wire, owner = Wire(), Owner()
    Door(wire, owner).close()

    assert owner.told == ["ended"]
    assert not wire.closing


@pytest.mark.parametrize("lingering", [True, False])
@pytest.mark.parametrize("closing", [True, False])
def test_it_is_closing_where_the_wire_is_or_the_connection_only_lingers(lingering, closing):
    wire = Wire()
    wire.closing = closing

    assert Door(wire, Owner(lingering)).is_closing() == (lingering or closing)
