"""What a caller reads who asked what happened."""

from decimal import Decimal

from proxy.core.errors import Kind, Tried
from proxy.core.usage import Usage
from proxy.gate.answers import HIT, Entry
from proxy.gate.cache import Kept
from proxy.web.call import Call
from proxy.web.report import report_of

SKIPPED = Tried("a/m", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True)
FAILED = Tried("b/m", Kind.OVERLOADED, 529, "busy_now", 12.5)
SERVED = Tried("c/m", None, None, None, 40.0)


def call(**known):
    return Call("req_1", 100.0, "chat", **known)


def test_what_the_cache_did_is_told_and_who_gave_the_answer_before():
    told = report_of(call(entry=Entry(HIT, Kept("b/m"))), 100.05)

    assert (told["cache"], told["target"]) == ("hit", "b/m")


def test_a_call_without_a_cache_tells_of_none():
    assert "cache" not in report_of(call(), 100.05)


def test_the_report_tells_every_attempt():
    one = call(
        target="c/m",
        tried=(SKIPPED, FAILED, SERVED),
        usage=Usage(3, 2),
        cost=Decimal("0.0000125"),
        ttft_ms=41.26,
    )

    assert report_of(one, 100.0505) == {
        "target": "c/m",
        "attempts": [
            {"target": "a/m", "status": None, "code": "circuit_open", "ms": 0.0},
            {"target": "b/m", "status": 529, "code": "overloaded", "ms": 12.5},
            {"target": "c/m", "status": None, "code": "served", "ms": 40.0},
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        "cost_usd": 0.0000125,
        "ttft_ms": 41.3,
        "duration_ms": 50.5,
    }


def test_the_report_of_what_is_not_known_is_null():
    told = report_of(call(), 100.0)

    assert (told["target"], told["attempts"], told["usage"], told["cost_usd"]) == (
        None,
        [],
        None,
        None,
    )
