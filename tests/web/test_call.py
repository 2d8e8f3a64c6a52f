"""What is told of a call: in the head, in the report, in its last fact."""

import sys
from decimal import Decimal
from unittest.mock import Mock

import pytest

from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.gate.answers import HIT, Entry
from proxy.gate.cache import Kept
from proxy.web.call import CLOSED, MAX_HEADER, Call, ascii_of
from proxy.web.refusal import TIMED_OUT
from proxy.web.unread import REFUSED
from tests.support.told import WALL

SKIPPED = Tried("a/m", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True)
FAILED = Tried("b/m", Kind.OVERLOADED, 529, "busy_now", 12.5)
SERVED = Tried("c/m", None, None, None, 40.0)


def call(**known):
    return Call("req_1", 100.0, "chat", **known)


def head(one, now=100.05, passed=None):
    return {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in one.head("application/json", now, passed or {})
    }


def test_who_was_passed_over_is_named_and_not_counted():
    one = call(tried=(SKIPPED, FAILED, SERVED))

    assert dict(one.attempt_headers()) == {
        b"x-firstbyte-attempts": b"2",
        b"x-firstbyte-cascade": b"a/m=circuit_open, b/m=overloaded, c/m=served",
    }


def test_the_head_says_what_and_who():
    told = head(call(target="c/m", tried=(SERVED,)))

    assert told["content-type"] == "application/json"
    assert told["x-firstbyte-target"] == "c/m"
    assert told["x-firstbyte-attempts"] == "1"
    assert "x-firstbyte-dropped" not in told


def test_our_own_time_is_what_the_upstreams_leave_of_it():
    assert head(call(upstream_ms=30.0))["server-timing"] == "proxy;dur=20.0, upstream;dur=30.0"


def test_our_own_time_is_never_below_nothing():
    assert head(call(upstream_ms=80.0))["server-timing"] == "proxy;dur=0.0, upstream;dur=80.0"


def test_what_a_target_does_not_take_is_told():
    assert head(call(dropped=("seed", "top_k")))["x-firstbyte-dropped"] == "seed, top_k"


def test_only_a_providers_limits_pass():
    passed = {
        "x-ratelimit-remaining-requests": "9",
        "anthropic-ratelimit-tokens-limit": "caf\xe9",
        "openai-processing-ms": "12",
        "openai-organization": "acme",
        "set-cookie": "a=b",
        "content-length": "7",
    }
    told = head(call(), passed=passed)

    assert passed.keys() & told.keys() == {
        "x-ratelimit-remaining-requests",
        "anthropic-ratelimit-tokens-limit",
        "openai-processing-ms",
    }
    assert told["anthropic-ratelimit-tokens-limit"] == "caf\xe9"


@pytest.mark.parametrize(
    "name", ["a\r\nx-evil: 1", "a\nb", "a\0b", "a\tb", "a\x7fb", "caf\xe9\u2603"]
)
def test_no_name_can_break_out_of_a_header(name):
    one = call(target=name, tried=(Tried(name, None, None, None, 0.0),), dropped=(name,))
    values = [value for _, value in one.head("application/json", 100.0, {})]

    assert all(0x20 <= byte <= 0x7E for value in values for byte in value)


def test_a_header_has_an_end_however_long_the_names():
    assert ascii_of("x" * 5000) == b"x" * MAX_HEADER
    assert ascii_of("\u2603ok ~") == b"?ok ~"


def test_the_report_tells_every_attempt():
    one = call(
        target="c/m",
        tried=(SKIPPED, FAILED, SERVED),
        usage=Usage(3, 2),
        cost=Decimal("0.0000125"),
        ttft_ms=41.26,
    )

    assert one.report(100.0505) == {
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
    told = call().report(100.0)

    assert (told["target"], told["attempts"], told["usage"], told["cost_usd"]) == (
        None,
        [],
        None,
        None,
    )


def test_the_last_names_that_an_answer_says_decide():
    one = call()
    one.note({"model": "m-1"})
    one.note({"model": "m-2", "service_tier": "flex"})
    one.note({"model": "", "service_tier": None})

    assert (one.served, one.tier) == ("m-2", "flex")


@pytest.mark.parametrize("said", [{}, {"model": None}, {"model": 7, "service_tier": 7}])
def test_what_is_no_name_is_not_noted(said):
    one = call()
    one.note(said)

    assert (one.served, one.tier) == ("", "")


def test_the_last_fact_is_all_that_is_known():
    one = call(
        alias="chat",
        asked="gpt",
        stream=True,
        target="c/m",
        tried=(FAILED, SERVED),
        outcome=Outcome.SERVED,
        status=200,
        ttft_ms=40.0,
        usage=Usage(3, 2),
        dropped=("seed",),
        cost=Decimal(1),
    )
    fact = one.ended(101.5, WALL)

    assert (fact.call, fact.surface, fact.alias, fact.asked) == ("req_1", "chat", "chat", "gpt")
    assert (fact.target, fact.attempts, fact.outcome) == ("c/m", (FAILED, SERVED), Outcome.SERVED)
    assert (fact.status, fact.kind, fact.stream) == (200, None, True)
    assert fact.at == WALL
    assert (fact.ttft_ms, fact.duration_ms) == (40.0, 1500.0)
    assert (fact.usage, fact.dropped, fact.cost_usd) == (Usage(3, 2), ("seed",), Decimal(1))


def test_a_call_that_ended_before_it_had_a_status_is_a_499():
    assert call().ended(100.0, WALL).status == CLOSED


def test_a_caller_who_left_is_one_who_cancelled():
    one = call()
    one.left({})

    assert (one.outcome, one.kind, one.status) == (Outcome.CANCELLED, Kind.CANCELLED, 0)


def test_a_caller_whom_the_connection_refused_did_not_leave():
    one = call()
    one.left({REFUSED: TIMED_OUT, "path": "/v1/chat/completions"})

    assert (one.outcome, one.kind, one.status) == (Outcome.REFUSED, Kind.INVALID_REQUEST, 408)
    assert one.bytes_out == len(TIMED_OUT.body(one.id))


def test_our_part_of_the_time_to_the_first_output_is_neither_the_caller_s_nor_a_provider_s():
    one = call(body_ms=20.0, upstream_ms=25.0)
    ttft = one.committed("c/m", 100.05)

    assert (ttft, one.ttft_ms) == (pytest.approx(50.0), ttft)
    assert one.overhead_ms == pytest.approx(5.0)
    assert one.ended(100.06, WALL).overhead_ms == one.overhead_ms
    assert one.ended(100.06, WALL).target == "c/m"


def test_our_part_is_never_below_nothing():
    one = call(upstream_ms=80.0)
    one.committed("c/m", 100.05)

    assert one.overhead_ms == 0.0


def test_tries_that_the_end_of_the_call_ended_are_told_with_the_others():
    one = call(tried=(FAILED,))

    assert one.ended(100.1, WALL).attempts == (FAILED,)

    one.progress.tried = (FAILED, SERVED)

    assert one.ended(100.1, WALL).attempts == (FAILED, SERVED)


def test_what_the_cache_did_is_told_and_who_gave_the_answer_before():
    hit = call(entry=Entry(HIT, Kept("b/m")))
    told = hit.ended(101.0, WALL)

    assert dict(head(hit))["x-firstbyte-cache"] == "hit"
    assert dict(head(hit))["x-firstbyte-target"] == "b/m"
    assert hit.report(100.05)["cache"] == "hit"
    assert hit.report(100.05)["target"] == "b/m"
    assert (told.cache, told.target) == ("hit", None)


def test_a_call_without_a_cache_tells_of_none():
    assert "x-firstbyte-cache" not in dict(head(call()))
    assert "cache" not in call().report(100.05)
    assert call().ended(101.0, WALL).cache == ""


def test_a_name_of_any_length_is_not_remembered():
    name = "x" * 100_000
    one = call(tried=(Tried(name, None, None, None, 0.0),))
    before = sys.getrefcount(name)
    ascii_of(name)
    told = one.attempt_headers()

    assert told[1] == (b"x-firstbyte-cascade", b"x" * MAX_HEADER)
    assert sys.getrefcount(name) == before


def test_a_call_without_a_charge_forgets_at_once():
    request = ChatRequest({"messages": [1]}, b"raw")
    call().forget(request)

    assert request == ChatRequest({})


@pytest.mark.parametrize("who", ["errand", "entry"])
def test_what_somebody_else_needs_is_not_forgotten(who):
    request, one = ChatRequest({"messages": [1]}, b"raw"), call()
    setattr(one, who, Mock())
    one.forget(request)

    assert request == ChatRequest({"messages": [1]}, b"raw")


@pytest.mark.parametrize("is_estimated", [True, False])
def test_what_must_still_be_estimated_is_not_forgotten(is_estimated):
    request, one = ChatRequest({"messages": [1]}, b"raw"), call()
    one.charge = Mock(let_go=lambda: is_estimated)
    one.forget(request)

    assert (request == ChatRequest({})) is is_estimated
