from proxy.gate.desk import shown
from proxy.gate.tenants import Allowance, Key
from proxy.store.records import Sum


def test_a_key_is_shown_without_its_digest():
    key = Key("key_1", "acme", "d" * 64, hint="…abcd", allowance=Allowance(budget_micros=250_000))

    assert "d" * 64 not in str(shown.key(key))
    assert shown.key(key)["budget_usd"] == 0.25


def test_a_sum_of_nothing_has_no_average():
    assert shown.usage(Sum("acme"))["avg_duration_ms"] == 0.0


def test_a_list_says_whether_there_is_more():
    assert shown.listed([{"id": 1}], "7", by="team") == {
        "object": "list",
        "data": [{"id": 1}],
        "has_more": True,
        "next_cursor": "7",
        "by": "team",
    }
