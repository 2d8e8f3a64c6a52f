"""What a turn of the loop has to send goes out at its end, in order, and nothing of it gets lost."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.outbox import EVERY, MOST, Outbox


class Wire:
    """A connection."""

    def __init__(self, *, fails=False):
        self.written = []
        self.fails = fails
        self.closing = self.aborted = False

    def write(self, data):
        if self.fails:
            raise RuntimeError("gone")
        self.written.append(data)

    def is_closing(self):
        return self.closing

    def abort(self):
        self.aborted = self.closing = True


class Turn:
    """The loop's, which ends when a test says so."""

    def __init__(self):
        self.callbacks = []

    def end(self):
        while self.callbacks:
            self.callbacks.pop(0)()


def outbox_of(turn):
    return Outbox(turn.callbacks.append)


def test_pieces_wait_for_the_end_of_the_turn_and_go_out_in_their_order():
    turn, one, other = Turn(), Wire(), Wire()
    outbox = outbox_of(turn)
    for sink, data in ((one, b"1"), (other, b"2"), (one, b"3")):
        outbox.put(sink, data)

    assert not one.written
    assert not other.written
    turn.end()
    assert one.written == [b"1", b"3"]
    assert other.written == [b"2"]


def test_a_piece_that_nobody_will_send_is_not_kept():
    turn, wire = Turn(), Wire()
    failures = [RuntimeError("no running event loop")]

    def soon(callback):
        if failures:
            raise failures.pop()
        turn.callbacks.append(callback)

    outbox = Outbox(soon)
    with pytest.raises(RuntimeError, match="no running"):
        outbox.put(wire, b"1")
    outbox.put(wire, b"2")
    turn.end()

    assert wire.written == [b"2"]


async def test_without_another_word_it_is_the_turn_of_the_loop_that_runs():
    outbox, wire = Outbox(), Wire()
    outbox.put(wire, b"1")
    outbox.put(wire, b"2")

    assert not wire.written
    await asyncio.sleep(0)
    assert wire.written == [b"1", b"2"]


def test_so_many_go_out_at_once():
    turn, wire = Turn(), Wire()
    outbox = outbox_of(turn)
    for at in range(MOST - 1):
        outbox.put(wire, at)
    assert not wire.written

    outbox.put(wire, MOST - 1)
    assert wire.written == [*range(MOST)]
    turn.end()
    assert wire.written == [*range(MOST)]


def test_what_is_in_a_hurry_takes_along_what_waits():
    turn, slow, quick = Turn(), Wire(), Wire()
    outbox = outbox_of(turn)
    outbox.put(slow, b"1")
    outbox.send(quick, b"2")

    assert slow.written == [b"1"]
    assert quick.written == [b"2"]


def test_what_is_in_a_hurry_fails_before_whoever_sends_it():
    with pytest.raises(RuntimeError, match="gone"):
        outbox_of(Turn()).send(Wire(fails=True), b"1")


def test_a_connection_that_was_closed_since_is_passed_over():
    turn, gone, other = Turn(), Wire(), Wire()
    outbox = outbox_of(turn)
    outbox.put(gone, b"1")
    outbox.put(other, b"2")
    gone.closing = True
    turn.end()

    assert not gone.written
    assert other.written == [b"2"]


def test_one_that_fails_is_closed_and_costs_the_others_nothing(caplog):
    turn, bad, other = Turn(), Wire(fails=True), Wire()
    outbox = outbox_of(turn)
    outbox.put(bad, b"1")
    outbox.put(bad, b"2")
    outbox.put(other, b"3")
    turn.end()

    assert bad.aborted
    assert other.written == [b"3"]
    assert [record.message for record in caplog.records] == ["a connection could not be written to"]


def test_who_sends_while_what_waits_is_sent_is_behind_it():
    turn, wire = Turn(), Wire()
    outbox = outbox_of(turn)

    class Telling(Wire):
        def write(self, data):
            outbox.send(wire, b"3")

    outbox.put(Telling(), b"1")
    outbox.put(wire, b"2")
    turn.end()

    assert wire.written == [b"2", b"3"]


def alone(outbox, turn, wire):
    """Whether a piece that comes alone in its turn goes out at once."""
    outbox.put(wire, b"1")
    was_out = bool(wire.written)
    turn.end()
    assert wire.written
    wire.written.clear()
    return was_out


def test_where_each_comes_alone_all_go_out_at_once_but_one_in_so_many():
    turn, wire = Turn(), Wire()
    outbox = outbox_of(turn)
    told = [alone(outbox, turn, wire) for _ in range(3 * (EVERY + 1))]

    assert told[0] is False
    assert told[1:] == 2 * ([True] * EVERY + [False]) + [True] * EVERY


def test_where_others_come_in_the_same_turn_again_it_is_seen_and_they_wait():
    turn, wire = Turn(), Wire()
    outbox = outbox_of(turn)
    while not alone(outbox, turn, wire):
        pass
    kept = []
    for _ in range(2 * EVERY):
        for _ in range(4):
            outbox.put(wire, b"1")
        kept.append(not wire.written)
        turn.end()
        wire.written.clear()

    assert kept[0] is False
    assert all(kept[EVERY:])


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "put", "send", "flush", "end"]), st.integers(0, 2)),
    max_size=120,
)


@given(STEPS)
def test_whatever_happens_each_connection_gets_its_pieces_once_and_in_order(steps):
    turn, wires = Turn(), [Wire(), Wire(), Wire()]
    outbox, given_to = outbox_of(turn), {at: [] for at in range(3)}
    for at, (what, whose) in enumerate(steps):
        if what == "put":
            outbox.put(wires[whose], at)
            given_to[whose].append(at)
        elif what == "send":
            outbox.send(wires[whose], at)
            given_to[whose].append(at)
            assert wires[whose].written == given_to[whose]
        elif what == "flush":
            outbox.flush()
        else:
            turn.end()
        waiting = sum(len(given_to[each]) - len(wires[each].written) for each in range(3))
        assert waiting < MOST
        assert not waiting or turn.callbacks
    turn.end()

    assert [wire.written for wire in wires] == list(given_to.values())
