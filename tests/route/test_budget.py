from hypothesis import given
from hypothesis import strategies as st

from proxy.route.budget import HEDGE_FLOOR, HEDGE_SHARE, RETRY_FLOOR, RETRY_SHARE, SPAN, Budget
from proxy.route.window import Window


@given(st.lists(st.tuples(st.floats(0, 0.5), st.booleans()), max_size=300))
def test_extras_never_exceed_the_share_and_the_floor(steps):
    meant_for_it, now = Window(SPAN), 100.0
    budget = Budget(meant_for_it)
    calls, extras = [], []
    for wait, is_call in steps:
        now += wait
        if is_call:
            meant_for_it.add(now)
            calls.append(now)
        elif budget.take(now):
            extras.append(now)

    for start in extras:
        within = [t for t in extras if start <= t]
        meant = [t for t in calls if start - SPAN - 1 <= t]
        allowed = RETRY_SHARE * len(meant) + RETRY_FLOOR * (now - start + 1)
        assert len(within) <= allowed + 1


def test_a_quiet_target_may_be_tried_again():
    budget = Budget(Window(SPAN))

    assert [budget.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_a_burst_may_not_spend_a_quiet_minute():
    budget = Budget(Window(SPAN))
    budget.take(100.0)

    assert [budget.take(160.0) for _ in range(4)] == [True, True, True, False]


def test_calls_earn_extras():
    calls = Window(SPAN)
    budget = Budget(calls, HEDGE_SHARE, HEDGE_FLOOR)
    for _ in range(100):
        calls.add(100.0)

    assert sum(budget.take(100.0) for _ in range(100)) == 1 + 5


def test_what_calls_earned_is_forgotten():
    calls = Window(SPAN)
    budget = Budget(calls, 0.5, 1.0)
    for _ in range(100):
        calls.add(100.0)
    budget.take(111.0)

    assert not budget.take(111.0)


def test_time_that_stands_still_or_goes_back_earns_nothing():
    budget = Budget(Window(SPAN))
    for _ in range(3):
        budget.take(100.0)

    assert not budget.take(99.0)
    assert not budget.take(100.0)
