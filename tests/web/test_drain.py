"""What waits for a client must leave, or the client is cut off."""

import pytest

from proxy.web import drain
from proxy.web.drain import Drain
from tests.support.webserver import HandTime

STALL, GOODBYE = 60.0, 1.0


class Socket:
    """A connection that holds so many bytes."""

    def __init__(self, size, *, is_secret=False):
        self.size = size
        self.is_secret = is_secret
        self.ended = ""

    def get_write_buffer_size(self):
        return self.size

    def can_write_eof(self):
        return not self.is_secret

    def close(self):
        self.ended = self.ended or "closed"

    def abort(self):
        self.ended = "aborted"


def draining(size, **details):
    time = HandTime()
    one = Drain(time, STALL, GOODBYE)
    one.socket = Socket(size, **details)
    return one, one.socket, time


def test_what_does_not_shrink_at_all_is_cut_off():
    one, socket, time = draining(9)
    one.begin()
    time.pass_by(STALL - 1)
    before = socket.ended
    time.pass_by(1)

    assert (before, socket.ended) == ("", "aborted")


def test_what_shrinks_has_its_time_anew_each_time():
    one, socket, time = draining(9)
    one.begin()
    for socket.size in (8, 7, 6):
        time.pass_by(STALL)
    before = socket.ended
    time.pass_by(STALL)

    assert (before, socket.ended) == ("", "aborted")


@pytest.mark.parametrize("end", ["over", "cancel"])
def test_who_reads_again_or_is_gone_is_not_waited_for(end):
    one, socket, time = draining(9)
    one.begin()
    getattr(one, end)()
    time.pass_by(2 * STALL)

    assert socket.ended == ""


def test_a_connection_that_is_closed_has_as_long_for_what_is_left():
    one, socket, time = draining(9)
    one.hang_up()
    before = socket.ended
    time.pass_by(STALL)

    assert (before, socket.ended) == ("closed", "aborted")


@pytest.mark.parametrize(("is_secret", "seconds"), [(False, STALL), (True, GOODBYE)])
def test_who_is_to_say_goodbye_over_tls_has_only_a_moment(is_secret, seconds, monkeypatch):
    monkeypatch.setattr(drain, "has_arrived", lambda _: True)
    one, socket, time = draining(0, is_secret=is_secret)
    one.hang_up()
    time.pass_by(seconds - 0.5)
    before = socket.ended
    time.pass_by(0.5)

    assert (before, socket.ended) == ("closed", "aborted")


def test_what_is_still_on_its_way_below_is_waited_for(monkeypatch):
    arrived = [False, True]
    monkeypatch.setattr(drain, "has_arrived", lambda _: arrived.pop(0))
    one, socket, time = draining(0, is_secret=True)
    one.hang_up()
    time.pass_by(GOODBYE)
    before = socket.ended
    time.pass_by(STALL)

    assert (before, socket.ended) == ("closed", "aborted")
