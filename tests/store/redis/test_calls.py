import math

import pytest

from proxy.store.records import By, CallRow, Finding, Sum
from proxy.store.redis import calls

DAY = calls.DAY


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (0.0, math.inf, (0, math.inf)),
        (0.5, 2.0 * DAY, (1, 2)),
        (1.0 * DAY, 2.5 * DAY, (1, 2)),
        (1.2 * DAY, 1.8 * DAY, (2, 1)),
    ],
)
def test_whole_days_are_those_that_are_meant_whole(since, until, days):
    assert calls.whole_days(Finding(since, until)) == days


@pytest.mark.parametrize(
    ("finding", "way"),
    [
        (Finding(job="j", team="t"), ("job", "j")),
        (Finding(team="t", key="k"), ("team", "t")),
        (Finding(key="k"), ("", "")),
    ],
)
def test_the_narrowest_list_leads_to_what_is_meant(finding, way):
    assert calls.way(finding) == way


def test_a_row_comes_back_and_one_of_a_later_version_too():
    row = CallRow("c", 1.5, "chat", "a", "a", "t", "served", 200, True, detail={"a": [1]})
    body = calls.telling(row)[-1]

    assert calls.row(body) == row
    assert calls.row(body[:-1] + b',"new"]') == row


def test_a_days_sums_are_narrowed_to_a_team_and_a_key():
    told = [
        (b'["o","t1","k1","a","x","chat","served"]', b"3 2 1 10 20 30 40 50 1.5"),
        (b'["o","t1","k2","a","x","chat","served"]', b"1 1 0 0 0 0 0 0 0"),
        (b'["o","t2","k3","a","x","chat","served"]', b"1 1 0 0 0 0 0 0 0"),
    ]
    one = list(calls.of_day(told, By.TARGET, Finding(team="t1", key="k1")))
    team = list(calls.of_day(told, By.KEY, Finding(team="t1")))

    assert one == [Sum("x", 3, 2, 1, 10, 20, 30, 40, 50, 1.5)]
    assert [each.group for each in team] == ["k1", "k2"]
