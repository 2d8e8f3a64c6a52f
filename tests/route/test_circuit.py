import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from proxy.route.circuit import (
    IN_A_ROW,
    JITTER,
    LEAST_CALLS,
    OPEN_FIRST,
    OPEN_MOST,
    SLOW_START,
    START_SHARE,
    Circuit,
    State,
)

START = 1000.0


def call(circuit, now, *, well, draw=0.5):
    circuit.leave(circuit.enter(now), now, well=well, draw=draw)


def opened(now=START, times=1):
    """A circuit that was opened and whose probes failed; gives it with the time it is free at."""
    circuit = Circuit()
    for _ in range(IN_A_ROW):
        call(circuit, now, well=False)
    for _ in range(times - 1):
        call(circuit, circuit.free_at(now), well=False)
    return circuit


def test_five_failures_in_a_row_open_it():
    circuit = Circuit()
    for _ in range(IN_A_ROW - 1):
        call(circuit, START, well=False)
    before = circuit.state(START)

    call(circuit, START, well=False)

    assert (before, circuit.state(START)) == (State.CLOSED, State.OPEN)


def test_a_success_between_starts_the_count_again():
    circuit = Circuit()
    for _ in range(4):
        call(circuit, START, well=False)
        call(circuit, START, well=False)
        call(circuit, START, well=True)

    assert circuit.state(START) is State.CLOSED


def test_more_than_half_of_twenty_open_it_without_a_row():
    circuit = Circuit()
    for n in range(LEAST_CALLS - 1):
        call(circuit, START + n, well=n % 2 == 1)
    before = circuit.state(START + 19)

    call(circuit, START + 19, well=False)

    assert (before, circuit.state(START + 19)) == (State.CLOSED, State.OPEN)


def test_what_is_older_than_the_window_does_not_count():
    circuit = Circuit()
    for n in range(LEAST_CALLS * 3):
        call(circuit, START + n * 2, well=n % 2 == 1)

    assert circuit.state(START + 120) is State.CLOSED


def test_what_says_nothing_moves_nothing():
    circuit = Circuit()
    for _ in range(50):
        call(circuit, START, well=None)

    assert circuit.state(START) is State.CLOSED


def test_openings_double_up_to_half_a_minute():
    circuit, now, spans = opened(), START, []
    for _ in range(5):
        free = circuit.free_at(now)
        spans.append(free - now)
        now = free
        call(circuit, now, well=False)

    assert spans == [5.0, 10.0, 20.0, 30.0, 30.0]


@pytest.mark.parametrize("draw", [0.0, 0.999999])
def test_openings_differ_by_a_tenth_at_most(draw):
    circuit = Circuit()
    for _ in range(IN_A_ROW):
        call(circuit, START, well=False, draw=draw)

    span = circuit.free_at(START) - START
    assert OPEN_FIRST * (1 - JITTER) <= span <= OPEN_FIRST * (1 + JITTER)
    assert span != OPEN_FIRST


def test_one_probe_goes_and_no_second():
    circuit = opened()
    free = circuit.free_at(START)

    first, second = circuit.enter(free), circuit.enter(free)

    assert (first.probe, second.probe) == (True, False)
    assert circuit.share(free) == 0.0
    assert circuit.state(free) is State.HALF_OPEN


def test_a_probe_that_says_nothing_gives_its_place_back():
    circuit = opened()
    free = circuit.free_at(START)

    circuit.leave(circuit.enter(free), free, well=None, draw=0.5)

    assert circuit.enter(free).probe


def test_a_probe_that_goes_well_closes_it_and_calls_come_back_slowly():
    circuit = opened()
    free = circuit.free_at(START)

    call(circuit, free, well=True)

    assert circuit.state(free) is State.CLOSED
    assert circuit.share(free) == pytest.approx(START_SHARE)
    assert circuit.share(free + SLOW_START / 2) == pytest.approx(0.55)
    assert circuit.share(free + SLOW_START) == 1.0


def test_a_call_that_was_forced_and_went_well_closes_it():
    circuit = opened()

    ticket = circuit.enter(START + 1)
    circuit.leave(ticket, START + 1, well=True, draw=0.5)

    assert ticket.forced
    assert circuit.state(START + 1) is State.CLOSED


def test_a_straggler_from_before_the_opening_does_not_close_it():
    circuit = Circuit()
    straggler = circuit.enter(START)
    for _ in range(IN_A_ROW):
        call(circuit, START, well=False)

    circuit.leave(straggler, START + 1, well=True, draw=0.5)

    assert circuit.state(START + 1) is State.OPEN


def test_a_new_illness_after_long_health_is_no_relapse():
    circuit = opened(times=3)
    now = circuit.free_at(START)
    call(circuit, now, well=True)
    now += SLOW_START + 1
    for _ in range(IN_A_ROW):
        call(circuit, now, well=False)

    assert circuit.free_at(now) - now == pytest.approx(OPEN_FIRST)


def test_a_relapse_in_the_slow_start_opens_it_for_longer():
    circuit = opened()
    now = circuit.free_at(START)
    call(circuit, now, well=True)
    for _ in range(IN_A_ROW):
        call(circuit, now + 1, well=False)

    assert circuit.free_at(now + 1) - (now + 1) == pytest.approx(2 * OPEN_FIRST)


class Life(RuleBasedStateMachine):
    """Any order of calls, outcomes and waits."""

    @initialize()
    def begin(self):
        self.now = START
        self.circuit = Circuit()
        self.out = []

    @rule(wait=st.floats(0, 40))
    def wait(self, wait):
        self.now += wait

    @rule()
    def go(self):
        self.out.append(self.circuit.enter(self.now))

    @precondition(lambda self: self.out)
    @rule(at=st.integers(0, 50), well=st.sampled_from([True, False, None]), draw=st.floats(0, 0.99))
    def come_back(self, at, well, draw):
        ticket = self.out.pop(at % len(self.out))
        self.circuit.leave(ticket, self.now, well=well, draw=draw)

    @invariant()
    def never_more_than_one_probe(self):
        assert sum(ticket.probe for ticket in self.out) <= 1

    @invariant()
    def always_free_again_in_half_a_minute(self):
        assert self.circuit.free_at(self.now) <= self.now + OPEN_MOST

    @invariant()
    def the_share_is_a_share(self):
        share = self.circuit.share(self.now)
        assert 0.0 <= share <= 1.0
        if self.circuit.state(self.now) is State.OPEN:
            assert share == 0.0


TestLife = Life.TestCase
