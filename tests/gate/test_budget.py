from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind
from proxy.gate.budget import holds_of, micros_of, period_name, refusal_of
from proxy.gate.caller import Caller
from proxy.gate.tenants import Allowance, Period
from proxy.store.records import MOST, Hold, Short

NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("cost", "micros"),
    [
        (None, 0),
        (Decimal(0), 0),
        (Decimal(-1), 0),
        (Decimal("0.0000001"), 1),
        (Decimal("0.152"), 152_000),
        (Decimal("1.0000001"), 1_000_001),
        (Decimal(10) ** 20, MOST),
    ],
)
def test_a_cost_is_rounded_up_to_a_millionth(cost, micros):
    assert micros_of(cost) == micros


def test_periods_are_those_of_the_calendar_in_utc():
    last = datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()

    assert [period_name(period, NOW) for period in Period] == ["2026-01-01", "2026-W01", "2026-01"]
    assert [period_name(period, last) for period in Period] == ["2025-12-31", "2026-W01", "2025-12"]


@given(st.floats(0, 4e9), st.floats(0, 4e9), st.sampled_from(Period))
def test_periods_follow_each_other(one, other, period):
    first, second = sorted((one, other))

    assert period_name(period, first) <= period_name(period, second)


def test_a_call_holds_what_it_may_cost_of_each_budget():
    caller = Caller(
        team="t",
        key="k",
        key_allowance=Allowance(budget_micros=5, budget_period=Period.DAY),
        team_allowance=Allowance(budget_micros=7),
    )

    assert list(holds_of(caller, "c1", Decimal("0.5"), NOW, 60.0)) == [
        Hold("c1:key-budget", "budget:key:k:2026-01-01", 500_000, 60.0, 5),
        Hold("c1:team-budget", "budget:team:t:2026-01", 500_000, 60.0, 7),
    ]


def test_what_has_no_price_holds_the_least_so_that_a_spent_budget_refuses():
    caller = Caller(key="k", key_allowance=Allowance(budget_micros=5))
    (hold,) = holds_of(caller, "c1", None, NOW, 60.0)

    assert hold.amount == 1
    assert list(holds_of(Caller(), "c1", None, NOW, 60.0)) == []


def test_who_has_too_little_left_hears_of_which_budget():
    error = refusal_of(Short("budget:team:a:b:2026-01", 1_500))

    assert (error.kind, error.meaning.status, error.meaning.type) == (
        Kind.UNPAID,
        402,
        "insufficient_quota",
    )
    assert "budget of this team for 2026-01" in error.message
    assert "0.0015 USD" in error.message
