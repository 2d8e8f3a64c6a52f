import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.route.exhausted import OVER, exhausted


def merged(*kinds, **details):
    return exhausted(
        [(f"p{n}/m", ProxyError(kind, f"word {n}", status=500)) for n, kind in enumerate(kinds)]
    )


def test_the_only_failure_keeps_its_own_words_and_codes():
    alone = ProxyError(
        Kind.NOT_FOUND, "no such model", status=404, type="t", code="c", param="model"
    )

    error = exhausted([("openai/x", alone)])

    assert error.kind is Kind.NOT_FOUND
    assert error.message == "openai/x: no such model"
    assert (error.status, error.type, error.code, error.param) == (404, "t", "c", "model")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([Kind.RATE_LIMIT, Kind.RATE_LIMIT], (Kind.RATE_LIMIT, 429)),
        ([Kind.RATE_LIMIT, Kind.SERVER_ERROR], (Kind.SERVER_ERROR, 502)),
        ([Kind.FIRST_BYTE_TIMEOUT, Kind.CONNECT_TIMEOUT], (Kind.FIRST_BYTE_TIMEOUT, 504)),
        ([Kind.UPSTREAM_TIMEOUT, Kind.TOTAL_TIMEOUT], (Kind.FIRST_BYTE_TIMEOUT, 504)),
        ([Kind.FIRST_BYTE_TIMEOUT, Kind.RESET], (Kind.SERVER_ERROR, 502)),
        ([Kind.OVERLOADED, Kind.OVERLOADED], (Kind.OVERLOADED, 503)),
        ([Kind.OVERLOADED, Kind.CIRCUIT_OPEN], (Kind.OVERLOADED, 503)),
        ([Kind.CIRCUIT_OPEN, Kind.RESET], (Kind.SERVER_ERROR, 502)),
        ([Kind.OVERLOADED, Kind.AUTH], (Kind.SERVER_ERROR, 502)),
        ([Kind.AUTH, Kind.AUTH], (Kind.AUTH, 502)),
        ([Kind.NOT_FOUND, Kind.NOT_FOUND], (Kind.NOT_FOUND, 404)),
        ([Kind.AUTH, Kind.NOT_FOUND], (Kind.MISCONFIGURED, 502)),
    ],
)
def test_the_class_is_what_the_attempts_had_in_common(kinds, expected):
    error = merged(*kinds)

    assert (error.kind, error.meaning.status) == expected


def test_retrying_is_worth_it_only_where_a_target_may_do_better():
    assert merged(Kind.AUTH, Kind.OVERLOADED).meaning.should_retry
    assert not merged(Kind.AUTH, Kind.NOT_FOUND).meaning.should_retry


def test_every_attempt_is_named_in_order():
    error = merged(Kind.CONNECT, Kind.RESET)

    assert error.message == "All 2 attempts failed. p0/m: word 0; p1/m: word 1"


def test_the_least_hint_is_the_answers_hint():
    hints = [30.0, None, 2.5]
    failures = [
        (f"p{n}/m", ProxyError(Kind.RATE_LIMIT, "slow down", retry_after=hint))
        for n, hint in enumerate(hints)
    ]

    assert exhausted(failures).retry_after == 2.5
    assert exhausted(failures[1:2]).retry_after is None


def test_a_skipped_target_explains_nothing_unless_all_were():
    skipped = ("a/x", ProxyError(Kind.UNSUPPORTED, "takes no audio"))
    failed = ("b/y", ProxyError(Kind.OVERLOADED, "busy", status=529))

    assert exhausted([skipped, failed]).kind is Kind.OVERLOADED
    assert exhausted([skipped, skipped]).kind is Kind.UNSUPPORTED


def rests(cause, wait=30.0):
    error = ProxyError(Kind.CIRCUIT_OPEN, "not asked: it rests", retry_after=wait)
    error.cause = cause
    return error


@pytest.mark.parametrize(
    ("cause", "other", "expected"),
    [
        (Kind.RATE_LIMIT, Kind.RATE_LIMIT, (Kind.RATE_LIMIT, 429)),
        (Kind.AUTH, Kind.AUTH, (Kind.AUTH, 502)),
        (Kind.AUTH, Kind.QUOTA, (Kind.MISCONFIGURED, 502)),
        (Kind.NOT_FOUND, Kind.NOT_FOUND, (Kind.NOT_FOUND, 404)),
        (Kind.AUTH, Kind.OVERLOADED, (Kind.SERVER_ERROR, 502)),
        (None, Kind.OVERLOADED, (Kind.OVERLOADED, 503)),
        (None, Kind.RATE_LIMIT, (Kind.SERVER_ERROR, 502)),
    ],
)
def test_a_target_that_rests_counts_as_what_it_rests_from(cause, other, expected):
    error = exhausted([("a/x", rests(cause)), ("b/y", ProxyError(other, "no", status=500))])

    assert (error.kind, error.meaning.status) == expected


def test_nobody_is_told_to_wait_for_what_does_not_pass_by_itself():
    busy = ("c/z", ProxyError(Kind.OVERLOADED, "busy", status=503))

    def hint(*causes):
        return exhausted([*(("a/x", rests(cause)) for cause in causes), busy]).retry_after

    assert hint(Kind.AUTH) is None
    assert hint(Kind.AUTH, Kind.RATE_LIMIT) == 30.0
    assert hint(None) == 30.0


def test_who_was_not_asked_is_not_counted_as_an_attempt():
    rests = ("a/x", ProxyError(Kind.CIRCUIT_OPEN, "rests"))
    failed = ("b/y", ProxyError(Kind.RESET, "reset"))
    unable = ("c/z", ProxyError(Kind.UNSUPPORTED, "takes no tools"))

    assert exhausted([rests, failed, failed]).message.startswith(
        "All 2 attempts failed. a/x: rests;"
    )
    assert exhausted([rests, failed]).message == "The only attempt failed. a/x: rests; b/y: reset"
    assert exhausted([unable, unable]).message.startswith("No target could be asked. c/z:")


def test_where_no_target_has_more_nobody_was_asked_and_the_soonest_says_when():
    error = exhausted(
        [
            (f"p{wait}/m", ProxyError(Kind.RATE_LIMIT, "no more", code=OVER, retry_after=wait))
            for wait in (3.0, 2.0)
        ]
    )

    assert (error.kind, error.meaning.status, error.retry_after) == (Kind.RATE_LIMIT, 429, 2.0)
    assert error.message.startswith("No target could be asked.")
