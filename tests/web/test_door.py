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


def test_what_is_written_goes_straight_through():
    wire = Wire()
    Door(wire, lambda: None, lambda: False).write(b"hello")

    assert wire.written == b"hello"


def test_closing_is_left_to_the_owner():
    wire, closed = Wire(), []
    Door(wire, lambda: closed.append("last"), lambda: False).close()

    assert closed == ["last"]
    assert not wire.closing


@pytest.mark.parametrize("lingering", [True, False])
@pytest.mark.parametrize("closing", [True, False])
def test_it_is_closing_where_the_wire_is_or_the_connection_only_lingers(lingering, closing):
    wire = Wire()
    wire.closing = closing

    assert Door(wire, lambda: None, lambda: lingering).is_closing() == (lingering or closing)
