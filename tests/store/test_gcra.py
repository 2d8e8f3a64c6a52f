import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.store import gcra
from proxy.store.gcra import UNIT, Bucket

RATES = st.one_of(st.sampled_from([1, 7, 60, 10_000, 100_000_000]), st.integers(1, 10**9))
MINUTE = 60_000_000


def taken(per_minute, asks):
    """What a limit lets through: asks are (microseconds since the one before, amount)."""
    bucket, now = None, 1_700_000_000_000_000
    for gap, amount in asks:
        now += gap
        debt = gcra.owed(bucket, per_minute, now)
        if gcra.fits(debt, amount, per_minute):
            bucket = Bucket(debt + gcra.cost(amount, per_minute), now)
            yield now, min(amount, per_minute)


@given(
    RATES,
    st.lists(st.tuples(st.integers(0, 2 * MINUTE), st.integers(0, 10**9)), max_size=40),
)
def test_no_stretch_of_time_gets_more_than_a_burst_and_the_rate(per_minute, asks):
    let = list(taken(per_minute, asks))

    for first in range(len(let)):
        total = 0
        for last in range(first, len(let)):
            total += let[last][1]
            elapsed = let[last][0] - let[first][0]

            assert total * MINUTE <= per_minute * (MINUTE + elapsed)


@given(RATES, st.integers(1, 50))
def test_a_full_minutes_allowance_may_come_at_once_and_no_unit_more(per_minute, parts):
    part, rest = divmod(per_minute, parts)
    asks = [(0, part)] * parts + [(0, rest), (0, 1)]

    assert sum(amount for _, amount in taken(per_minute, asks)) == per_minute


@given(RATES, st.integers(0, 10**9), st.integers(0, 10**9))
def test_after_the_wait_it_fits_and_a_microsecond_before_it_does_not(per_minute, owed, amount):
    now = 1_700_000_000_000_000
    bucket = Bucket(gcra.cost(owed, per_minute), now)
    wait = round(gcra.wait(gcra.owed(bucket, per_minute, now), amount, per_minute) * 1e6)

    assert gcra.fits(gcra.owed(bucket, per_minute, now + wait), amount, per_minute)
    if wait:
        assert not gcra.fits(gcra.owed(bucket, per_minute, now + wait - 1), amount, per_minute)


def test_a_rate_that_does_not_divide_a_minute_loses_nothing():
    let = list(taken(7, [(MINUTE // 7 + 1, 1)] * 700))

    assert len(let) == 700


def test_a_clock_that_was_set_back_pays_nothing_and_forgives_nothing():
    bucket = Bucket(5 * UNIT, 2_000_000)

    assert gcra.owed(bucket, 10, 1_000_000) == 5 * UNIT


@pytest.mark.parametrize(
    ("debt", "more", "after"),
    [(5, 3, 8), (5, -3, 2), (5, -9, 0), (5, 10**9, 60 * 10), (0, 0, 0)],
)
def test_a_correction_stays_between_nothing_and_an_hour(debt, more, after):
    assert gcra.corrected(debt * UNIT, more, 10) == after * UNIT


def test_a_level_counts_whole_units_and_the_seconds_until_it_is_full():
    level = gcra.level("requests:key:k", 60, 10 * UNIT + 1)

    assert (level.remaining, level.per_minute) == (49, 60)
    assert level.reset == pytest.approx(10, abs=1e-6)


def test_a_level_of_a_limit_in_debt_is_nothing():
    assert gcra.level("x", 10, 25 * UNIT).remaining == 0
