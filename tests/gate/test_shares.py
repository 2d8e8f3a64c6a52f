import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.gate.shares import Shares
from proxy.store import memory
from proxy.store.records import Ask, Correction, Granted, Hold, Limited, Settlement, Short, Want
from tests.support.moods import Time


def take(shares, *wants, holds=(), spare=()):
    return shares.admit(shares.of(Ask(wants, holds, spare)))


@pytest.mark.parametrize(("replicas", "granted"), [(1, 10), (3, 3), (0, 10), (100, 1)])
def test_a_process_lets_its_share_through(replicas, granted):
    shares = Shares(Time(), lambda: replicas)
    answers = [take(shares, Want("requests:key:k", 10, 1)) for _ in range(20)]

    assert [type(answer) for answer in answers] == [Granted] * granted + [Limited] * (20 - granted)


def test_the_share_of_a_target_is_spared_too():
    shares = Shares(Time(), lambda: 2)
    want = Want("requests:target:p/m", 4, 1)
    answers = [take(shares, spare=(want,)) for _ in range(3)]

    assert [answer.short for answer in answers] == [(), (), ("requests:target:p/m",)]


def test_a_budget_has_a_share_and_what_was_held_too_much_comes_back():
    shares = Shares(Time(), lambda: 2)

    def hold(name):
        return Hold(name, "budget:key:k:2026-01", 40, 60.0, 100)

    first = take(shares, holds=(hold("a"),))
    second = take(shares, holds=(hold("b"),))
    shares.conclude((), [Settlement("a", 10)])
    third = take(shares, holds=(hold("c"),))

    assert (first, second, third) == (Granted(), Short("budget:key:k:2026-01", 10), Granted())


def test_what_is_held_and_never_settled_comes_back_in_time():
    clock = Time()
    shares = Shares(clock)

    def hold(name):
        return Hold(name, "budget:key:k:2026-01", 60, 30.0, 100)

    first = take(shares, holds=(hold("a"),))
    clock.at += 29.0
    second = take(shares, holds=(hold("b"),))
    clock.at += 1.0
    third = take(shares, holds=(hold("c"),))

    assert (first, second, third) == (Granted(), Short("budget:key:k:2026-01", 40), Granted())


def test_calls_that_have_ended_leave_nothing_that_grows(monkeypatch):
    monkeypatch.setattr(memory, "SLACK", 10)
    shares = Shares(Time())
    for n in range(200):
        take(shares, holds=(Hold(f"h{n}", "budget:key:k:2026-01", 1, 60.0, 1000),))
        shares.conclude((), [Settlement(f"h{n}", 1)])

    assert len(shares._books._ends) <= 10


def test_credits_have_no_share():
    assert take(Shares(Time()), holds=(Hold("a", "credits:t", 1, 60.0),)) == Short("credits:t", 0)


def test_second_thoughts_are_heard():
    shares = Shares(Time())
    take(shares, Want("tokens:key:k", 100, 100))
    shares.conclude([Correction("tokens:key:k", 100, -60)], ())

    assert take(shares, Want("tokens:key:k", 100, 0)).levels[0].remaining == 60


@given(
    st.integers(1, 120),
    st.integers(1, 9),
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 5)), max_size=60),
)
def test_all_processes_together_let_no_more_through_than_burst_and_rate(rate, replicas, steps):
    clock = Time()
    processes = [Shares(clock, lambda: replicas) for _ in range(replicas)]
    begun, taken = clock.at, 0
    for n, (wait, amount) in enumerate(steps):
        clock.at += wait
        answer = take(processes[n % replicas], Want("requests:key:k", rate, amount))
        # More than a whole share at once is taken as that.
        share = max(1, rate // replicas)
        taken += min(amount, share) if isinstance(answer, Granted) else 0

    allowed = max(rate, replicas) * (1 + (clock.at - begun) / 60)
    assert taken <= allowed + 1e-6
