"""Against the real system: two ends of a connection on the loopback interface."""

import pytest

from proxy.upstream.beneath import Beneath


@pytest.fixture
def view():
    return memoryview(bytearray(8))


def test_nothing_that_lies_there_is_silence(ends):
    speaker, hearer = ends
    beneath = Beneath(hearer)
    before = beneath.is_silent()
    speaker.sendall(b"x")
    heard = beneath.is_silent()

    assert (before, heard, hearer.recv(2)) == (True, False, b"x")


def test_an_end_is_no_silence(ends):
    speaker, hearer = ends
    speaker.close()

    assert not Beneath(hearer).is_silent()


def test_what_lies_there_is_read_to_its_end(ends, view):
    speaker, hearer = ends
    beneath = Beneath(hearer)
    before = beneath.read(view)
    speaker.sendall(b"0123456789")
    speaker.close()

    assert before is None
    assert [beneath.read(view), beneath.read(view), beneath.read(view)] == [8, 2, 0]
    assert bytes(view) == b"89234567"


def test_a_socket_that_is_closed_is_let_be(ends, view):
    _, hearer = ends
    beneath = Beneath(hearer)
    was_silent = beneath.is_silent()
    hearer.close()

    assert was_silent
    assert beneath.socket() is None
    assert (beneath.is_silent(), beneath.read(view)) == (False, None)


def test_a_system_that_knows_it_no_more_is_no_silence(ends, view):
    class Gone:
        """Says that it is open; its descriptor is of no socket."""

        family, type, proto = ends[1].family, ends[1].type, ends[1].proto

        def fileno(self):
            return 1_000_000

    beneath = Beneath(Gone())

    assert (beneath.is_silent(), beneath.read(view)) == (False, None)
