"""How a call ends, and the last that is told of it."""

from decimal import Decimal

import pytest

from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.facts import Outcome
from proxy.core.usage import Usage
from proxy.gate.answers import HIT, Entry
from proxy.gate.cache import Kept
from proxy.web.call import Call
from proxy.web.outcome import CLOSED, caller_left, last_fact, unserved
from proxy.web.refusal import TIMED_OUT
from proxy.web.unread import REFUSED
from tests.support.told import WALL

FAILED = Tried("b/m", Kind.OVERLOADED, 529, "busy_now", 12.5)
SERVED = Tried("c/m", None, None, None, 40.0)


def call(**known):
    return Call("req_1", 100.0, "chat", **known)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(Kind.INVALID_REQUEST, Outcome.REFUSED), (Kind.OVERLOADED, Outcome.FAILED)],
)
def test_what_a_caller_does_wrong_is_no_failure_of_anybody_else_s(kind, outcome):
    assert unserved(ProxyError(kind, "no")) is outcome


def test_what_the_cache_did_is_told_and_that_nobody_was_asked():
    told = last_fact(call(entry=Entry(HIT, Kept("b/m"))), 101.0, WALL)

    assert (told.cache, told.target) == ("hit", None)


def test_a_call_without_a_cache_tells_of_none():
    assert last_fact(call(), 101.0, WALL).cache == ""


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
        overhead_ms=5.0,
        usage=Usage(3, 2),
        dropped=("seed",),
        cost=Decimal(1),
    )
    fact = last_fact(one, 101.5, WALL)

    assert (fact.call, fact.surface, fact.alias, fact.asked) == ("req_1", "chat", "chat", "gpt")
    assert (fact.target, fact.attempts, fact.outcome) == ("c/m", (FAILED, SERVED), Outcome.SERVED)
    assert (fact.status, fact.kind, fact.stream) == (200, None, True)
    assert fact.at == WALL
    assert (fact.ttft_ms, fact.overhead_ms, fact.duration_ms) == (40.0, 5.0, 1500.0)
    assert (fact.usage, fact.dropped, fact.cost_usd) == (Usage(3, 2), ("seed",), Decimal(1))


def test_a_call_that_ended_before_it_had_a_status_is_a_499():
    assert last_fact(call(), 100.0, WALL).status == CLOSED


def test_a_caller_who_left_is_one_who_cancelled():
    one = call()
    caller_left(one, {})

    assert (one.outcome, one.kind, one.status) == (Outcome.CANCELLED, Kind.CANCELLED, 0)


def test_a_caller_whom_the_connection_refused_did_not_leave():
    one = call()
    caller_left(one, {REFUSED: TIMED_OUT, "path": "/v1/chat/completions"})

    assert (one.outcome, one.kind, one.status) == (Outcome.REFUSED, Kind.INVALID_REQUEST, 408)
    assert one.bytes_out == len(TIMED_OUT.body(one.id))


def test_tries_that_the_end_of_the_call_ended_are_told_with_the_others():
    one = call(tried=(FAILED,))

    assert last_fact(one, 100.1, WALL).attempts == (FAILED,)

    one.progress.tried = (FAILED, SERVED)

    assert last_fact(one, 100.1, WALL).attempts == (FAILED, SERVED)
