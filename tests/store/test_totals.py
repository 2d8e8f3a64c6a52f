import pytest

from proxy.store.records import By, CallRow, Finding, Sum
from proxy.store.totals import meant, sum_of, tally, together


def call(name="c", at=10.0, **given):
    return CallRow(
        name,
        at,
        "chat",
        "a",
        "a",
        "t",
        **{"outcome": "served", "status": 200, "stream": False} | given,
    )


@pytest.mark.parametrize(
    ("finding", "is_meant"),
    [
        (Finding(), True),
        (Finding(since=10.0, until=10.1), True),
        (Finding(since=10.1), False),
        (Finding(until=10.0), False),
        (Finding(team="acme", key="k", job="j"), True),
        (Finding(team="beta"), False),
        (Finding(key="l"), False),
        (Finding(job="i"), False),
    ],
)
def test_a_row_is_meant_when_every_condition_holds(finding, is_meant):
    assert meant(call(team="acme", key="k", job="j"), finding) is is_meant


@pytest.mark.parametrize(
    ("outcome", "served", "failed"),
    [("served", 1, 0), ("failed", 0, 1), ("cut", 0, 1), ("cancelled", 0, 0), ("refused", 0, 0)],
)
def test_an_outcome_is_served_or_failed_or_neither(outcome, served, failed):
    one = sum_of(call(outcome=outcome), By.OUTCOME)

    assert (one.group, one.calls, one.served, one.failed) == (outcome, 1, served, failed)


def test_sums_of_a_group_are_added_and_the_dearest_comes_first():
    parts = [
        Sum("b", 1, 1, 0, 1, 2, 3, 4, 5, 0.5),
        Sum("c", 1),
        Sum("a", 1, cost_micros=5),
        Sum("b", 2, 0, 2, 10, 20, 30, 40, 0, 1.0),
    ]

    assert together(parts) == [
        Sum("a", 1, cost_micros=5),
        Sum("b", 3, 1, 2, 11, 22, 33, 44, 5, 1.5),
        Sum("c", 1),
    ]


def test_rows_come_to_what_the_sums_of_each_come_to():
    rows = [
        call(key="k", cost_micros=1, prompt_tokens=7, completion_tokens=2, duration_ms=0.1),
        call(key="l", cost_micros=3, cached_tokens=4, outcome="cut", duration_ms=0.2),
        call(key="k", cost_micros=1, reasoning_tokens=5, outcome="cancelled", duration_ms=0.3),
    ]

    assert tally(rows, By.KEY) == together(sum_of(row, By.KEY) for row in rows)
    assert [each.group for each in tally(rows, By.KEY)] == ["l", "k"]
    assert tally([], By.KEY) == []
