from decimal import Decimal

from proxy.core import jsons
from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.gate.bill import Bill
from proxy.gate.caller import Caller
from proxy.gate.row import MAX_VALUE, Booked, row_of
from proxy.store.records import CallRow
from tests.support.ended import ended

CALLER = Caller(team="t", key="k", organization="o")


def test_a_served_call_is_kept_with_what_it_used():
    usage = Usage(10, 5, cached=3, reasoning=2)
    fact = ended(
        at=6.0,
        usage=usage,
        served="m-2",
        attempts=(
            Tried("q/m", Kind.OVERLOADED, 503, "busy", 12.3),
            Tried("r/m", Kind.UNSUPPORTED, None, None, 0.0, skipped=True),
            Tried("p/m", None, 200, None, 50.0),
        ),
        dropped=("seed",),
    )
    row = row_of(fact, Booked("c1", CALLER, "j", Bill(usage, cost=Decimal("0.000007")), credits=2))

    assert row == CallRow(
        *("c1", 5.0, "chat", "chat", "chat", "p/m", "served", 200),
        stream=True,
        organization="o",
        team="t",
        key="k",
        job="j",
        prompt_tokens=10,
        completion_tokens=5,
        cached_tokens=3,
        reasoning_tokens=2,
        cost_micros=7,
        priced=True,
        ttft_ms=12.3,
        duration_ms=1000.0,
        detail={
            "request_id": "req_1",
            "served_model": "m-2",
            "attempts": [
                {
                    "target": "q/m",
                    "result": "overloaded",
                    "status": 503,
                    "code": "busy",
                    "ms": 12.3,
                },
                {"target": "r/m", "result": "unsupported", "ms": 0.0, "skipped": True},
                {"target": "p/m", "result": "served", "status": 200, "ms": 50.0},
            ],
            "dropped": ["seed"],
            "credits": 2,
        },
    )
    assert jsons.decode(jsons.encode(row.detail)) == row.detail


def test_a_refused_call_is_kept_too():
    fact = ended(target=None, outcome=Outcome.REFUSED, status=429, kind=Kind.RATE_LIMIT)
    row = row_of(fact, Booked("c1", CALLER, "", Bill()))

    assert (row.target, row.outcome, row.status) == ("", "refused", 429)
    assert (row.cost_micros, row.priced, row.prompt_tokens) == (0, False, 0)
    assert row.detail == {"request_id": "req_1", "error": "rate_limit"}


def test_each_run_of_an_answer_that_was_recovered_is_kept():
    runs = (Run("p/m", None, None), Run("q/m", Usage(1, 2), Decimal("0.000003")))
    row = row_of(ended(runs=runs), Booked("c1", CALLER, "", Bill(is_guess=True)))

    assert row.detail["runs"] == [
        {"target": "p/m", "usage": None, "cost_micros": None},
        {"target": "q/m", "usage": Usage(1, 2).wire(), "cost_micros": 3},
    ]
    assert row.detail["usage_is_estimate"] is True


def test_names_of_callers_are_cut_and_what_is_to_be_kept_is_kept():
    fact = ended(asked="x" * 5000)
    row = row_of(fact, Booked("c1", CALLER, "", Bill(), detail={"purpose": "a test"}))

    assert row.asked == "x" * MAX_VALUE + "…"
    assert row.detail["purpose"] == "a test"


def test_what_the_cache_did_is_kept():
    hit = row_of(ended(target=None, cache="hit"), Booked("c", Caller(), "", Bill(cost=Decimal(0))))

    assert hit.detail["cache"] == "hit"
    assert (hit.target, hit.outcome, hit.cost_micros, hit.priced) == ("", "served", 0, True)
    assert "cache" not in row_of(ended(), Booked("c", Caller(), "", Bill())).detail
