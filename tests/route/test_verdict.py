from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.route import verdict
from proxy.route.verdict import BACKOFF_CAP, FALLBACK_KINDS, Move, Policy, backoff, counts, judge

CALLER = {
    Kind.INVALID_REQUEST,
    Kind.UNSUPPORTED,
    Kind.CONTEXT_LENGTH,
    Kind.CONTENT_FILTER,
    Kind.TOO_LARGE,
    Kind.UNKNOWN_MODEL,
    Kind.UNAUTHENTICATED,
    Kind.FORBIDDEN,
    Kind.UNPAID,
    Kind.MISSING,
    Kind.CONFLICT,
}
MAY_RETRY = {Kind.RATE_LIMIT, Kind.OVERLOADED, Kind.SERVER_ERROR, Kind.UPSTREAM_TIMEOUT}
PASSED_OVER = {Kind.CIRCUIT_OPEN, Kind.OUTRUN}
STOPS = CALLER | {Kind.CANCELLED, Kind.SATURATED, Kind.DRAINING}


def failure(kind, **details):
    return ProxyError(kind, "it failed", **{"status": 500, **details})


def test_every_kind_has_a_row():
    assert set(verdict._ROWS) == set(Kind)


def test_the_request_itself_stops_and_counts_against_nobody():
    for kind in CALLER:
        decided = judge(failure(kind, status=400), 1, Policy(retries=3), 0.5)

        assert (decided.move, decided.counts) == (Move.STOP, False)


def test_a_caller_who_left_is_nobodys_failure():
    decided = judge(failure(Kind.CANCELLED), 1, Policy(retries=3), 0.5)

    assert (decided.move, decided.counts) == (Move.STOP, False)


def test_everything_else_moves_on_without_retries_and_counts():
    for kind in set(Kind) - STOPS - PASSED_OVER:
        decided = judge(failure(kind), 1, Policy(retries=0), 0.5)

        assert (decided.move, decided.delay, decided.counts) == (Move.NEXT, 0.0, True)


def test_who_was_not_asked_or_was_outrun_counts_for_nothing():
    for kind in PASSED_OVER:
        assert not judge(failure(kind), 1, Policy(), 0.5).counts
        assert not counts(failure(kind))


def test_what_counts_is_the_same_with_and_without_a_verdict():
    for kind in Kind:
        assert counts(failure(kind)) == judge(failure(kind), 1, Policy(), 0.5).counts
    assert not counts(failure(Kind.UNSUPPORTED, status=None))


def test_only_weather_is_tried_again_at_the_same_target():
    for kind in set(Kind) - STOPS:
        decided = judge(failure(kind), 1, Policy(retries=1), 0.5)

        assert (decided.move is Move.AGAIN) == (kind in MAY_RETRY)


def test_what_is_more_than_a_limits_whole_minute_is_not_tried_again_and_counts_for_nothing():
    error = failure(Kind.RATE_LIMIT, status=413, retry_after=0.5)
    decided = judge(error, 1, Policy(retries=3), 0.5)

    assert (decided.move, decided.counts) == (Move.NEXT, False)
    assert not counts(error)


def test_what_a_model_spoilt_is_asked_of_another_and_counts_for_nothing():
    error = failure(Kind.INVALID_REQUEST, status=400, code="tool_use_failed")
    decided = judge(error, 1, Policy(retries=3), 0.5)

    assert (decided.move, decided.counts) == (Move.NEXT, False)


def test_retries_run_out():
    policy = Policy(retries=2)

    moves = [judge(failure(Kind.SERVER_ERROR), tries, policy, 0.5).move for tries in (1, 2, 3)]

    assert moves == [Move.AGAIN, Move.AGAIN, Move.NEXT]


def test_a_hint_is_waited_for_up_to_the_configured_length():
    policy = Policy(retries=1, retry_after_max=10.0)

    short = judge(failure(Kind.RATE_LIMIT, retry_after=7.0), 1, policy, 0.99)
    exact = judge(failure(Kind.RATE_LIMIT, retry_after=10.0), 1, policy, 0.0)
    long = judge(failure(Kind.RATE_LIMIT, retry_after=10.1), 1, policy, 0.99)

    assert (short.move, short.delay) == (Move.AGAIN, 7.0)
    assert (exact.move, exact.delay) == (Move.AGAIN, 10.0)
    assert (long.move, long.delay) == (Move.NEXT, 0.0)


def test_fallback_on_lets_three_kinds_of_refusal_go_on():
    for kind in CALLER:
        policy = Policy(fallback_on={kind})

        moved = judge(failure(kind, status=400), 1, policy, 0.5).move is Move.NEXT

        assert moved == (kind in FALLBACK_KINDS)


def test_a_target_that_our_own_codec_refuses_is_skipped():
    decided = judge(failure(Kind.UNSUPPORTED, status=None), 1, Policy(), 0.5)

    assert (decided.move, decided.counts) == (Move.NEXT, False)


def test_a_callers_own_key_is_the_callers_to_mend():
    policy = Policy(passthrough=True)

    for kind in (Kind.AUTH, Kind.PERMISSION):
        assert judge(failure(kind, status=401), 1, policy, 0.5).move is Move.STOP
    assert judge(failure(Kind.OVERLOADED), 1, policy, 0.5).move is Move.NEXT


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_backoff_is_bounded_and_full_jitter(tries, jitter):
    wait = backoff(tries, jitter)

    assert 0 <= wait < BACKOFF_CAP or jitter == 0
    assert backoff(tries, 0.0) == 0.0


def test_backoff_doubles():
    assert [backoff(n, 1.0) for n in (1, 2, 3, 4, 5, 6, 7)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
