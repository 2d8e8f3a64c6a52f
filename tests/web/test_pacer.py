"""What callers say is looked at in its order, some of it a turn, and however much there is nothing of it gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.web.pacer import LEAST, MOST, MUCH, Pacer


class Caller:
    """A connection."""

    def __init__(self, heard, *, fails=False, begins=True):
        self.heard = heard
        self.fails = fails
        self.begins = begins
        self.aborted = False

    def take_up(self, data):
        self.heard.append(data)
        if self.fails:
            raise RuntimeError("gone")
        return self.begins

    def abort(self):
        self.aborted = True


class Loop:
    """Begins a turn when a test says so."""

    def __init__(self):
        self.callbacks = []

    def soon(self, callback):
        self.callbacks.append(callback)

    def turn(self):
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()


def say(pacer, caller, data):
    """As a connection does."""
    if pacer.has_room():
        caller.take_up(data)
    else:
        pacer.wait(caller, data)


@pytest.fixture
def loop():
    return Loop()


@pytest.fixture
def pacer(loop):
    return Pacer(range(MOST + 1), loop.soon)


def test_a_few_callers_are_never_counted(loop):
    pacer = Pacer(range(MOST), loop.soon)

    assert all(pacer.has_room() for _ in range(5 * MOST))
    assert not loop.callbacks


def test_so_much_is_looked_at_in_a_turn_and_the_rest_in_the_next_ones(pacer, loop):
    heard = []
    caller = Caller(heard)
    for number in range(3 * MOST + 1):
        say(pacer, caller, b"%d" % number)
    sizes = [len(heard)]
    while loop.callbacks:
        loop.turn()
        sizes.append(len(heard))

    assert sizes == [MOST, 2 * MOST, 3 * MOST, 3 * MOST + 1, 3 * MOST + 1]
    assert heard == [b"%d" % number for number in range(3 * MOST + 1)]


def test_a_new_turn_has_room_again(pacer, loop):
    for _ in range(MOST):
        assert pacer.has_room()
    assert not pacer.has_room()
    loop.turn()

    assert pacer.has_room()


def test_nobody_overtakes_who_waits_though_callers_have_left():
    loop, callers, heard = Loop(), list(range(MOST + 1)), []
    pacer = Pacer(callers, loop.soon)
    caller = Caller(heard)
    for number in range(MOST + 1):
        say(pacer, caller, b"%d" % number)
    callers.clear()
    say(pacer, caller, b"last")
    assert b"last" not in heard
    loop.turn()

    assert heard[-2:] == [b"%d" % MOST, b"last"]


def test_pieces_of_what_has_begun_are_all_looked_at(pacer, loop):
    heard = []
    piece, call = Caller(heard, begins=False), Caller(heard)
    for _ in range(MOST):
        assert pacer.has_room()
    for number in range(MOST + 2):
        say(pacer, piece, b"piece")
        say(pacer, call, b"%d" % number)
    loop.turn()

    assert heard.count(b"piece") == MOST
    assert heard[-1] == b"%d" % (MOST - 1)
    loop.turn()
    assert heard.count(b"piece") == MOST + 2
    assert heard[-1] == b"%d" % (MOST + 1)


def test_all_that_waits_may_be_asked_for(pacer, loop):
    heard = []
    for _ in range(4 * MOST):
        say(pacer, Caller(heard), b"x")
    pacer.flush()
    assert len(heard) == 4 * MOST
    loop.turn()

    assert len(heard) == 4 * MOST
    assert pacer.has_room()


def test_a_great_deal_is_not_kept(pacer):
    heard = []
    for _ in range(MOST):
        say(pacer, Caller(heard), b"")
    for size in (MUCH, 1):
        say(pacer, Caller(heard), b"x" * size)

    assert [len(data) for data in heard[MOST:]] == [MUCH, 1]


def test_a_byte_at_a_time_is_not_kept_without_end(pacer):
    heard = []
    for _ in range(MOST):
        assert pacer.has_room()
    most = MUCH // LEAST
    for _ in range(most):
        say(pacer, Caller(heard), b"x")
    assert not heard
    say(pacer, Caller(heard), b"x")

    assert len(heard) == most + 1


@pytest.mark.parametrize("size", [1, MUCH // 2])
def test_what_was_taken_up_is_not_counted_as_waiting(pacer, loop, size):
    heard = []
    for _ in range(3 * MUCH // max(size, LEAST)):
        while pacer.has_room():
            pass
        before = len(heard)
        say(pacer, Caller(heard), b"x" * size)
        assert len(heard) == before
        loop.turn()
        loop.turn()
        assert len(heard) == before + 1


def test_one_that_fails_is_closed_and_costs_the_others_nothing(pacer, loop, caplog):
    heard = []
    bad, good = Caller(heard, fails=True), Caller(heard)
    for _ in range(MOST):
        assert pacer.has_room()
    say(pacer, bad, b"bad")
    say(pacer, good, b"good")
    loop.turn()

    assert heard == [b"bad", b"good"]
    assert (bad.aborted, good.aborted) == (True, False)
    assert "what a caller said could not be taken up" in caplog.text


def test_what_is_said_while_others_are_taken_up_waits_behind_them(pacer, loop):
    heard = []

    class Chatty(Caller):
        def take_up(self, data):
            say(pacer, Caller(heard), b"answer to " + data)
            return super().take_up(data)

    for _ in range(MOST):
        assert pacer.has_room()
    for number in range(2):
        say(pacer, Chatty(heard), b"%d" % number)
    while loop.callbacks:
        loop.turn()

    assert heard == [b"0", b"1", b"answer to 0", b"answer to 1"]


@given(st.lists(st.integers(0, 80), max_size=12), st.integers(0, 2 * MOST))
def test_everything_is_heard_once_and_in_its_order(bursts, others):
    loop, heard = Loop(), []
    pacer = Pacer(range(others), loop.soon)
    caller = Caller(heard)
    said = 0
    for burst in bursts:
        before = len(heard)
        for _ in range(burst):
            say(pacer, caller, b"%d" % said)
            said += 1
        if others > MOST:
            assert len(heard) - before <= MOST
        loop.turn()
    while loop.callbacks:
        loop.turn()

    assert heard == [b"%d" % number for number in range(said)]
