import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, Tried
from proxy.gate.caller import Caller
from proxy.gate.limits import (
    Rated,
    corrections_of,
    counts_tokens,
    duration,
    headers_of,
    refusal_of,
    spare_corrections,
    spare_of,
    targets_of,
    wants_of,
)
from proxy.gate.tenants import Allowance
from proxy.store.records import Correction, Level, Limited, Want

CALLER = Caller(
    team="t",
    key="k",
    key_allowance=Allowance(rpm=10, tpm=1000),
    team_allowance=Allowance(rpm=100, tpm=5000),
)


def test_a_call_takes_of_its_keys_and_its_teams_limits():
    assert wants_of(CALLER, 50) == (
        Want("requests:key:k", 10, 1),
        Want("tokens:key:k", 1000, 50),
        Want("requests:team:t", 100, 1),
        Want("tokens:team:t", 5000, 50),
    )
    assert wants_of(Caller(key="k", key_allowance=Allowance(rpm=7)), 50) == (
        Want("requests:key:k", 7, 1),
    )
    assert wants_of(Caller(), 50) == ()


def test_tokens_are_counted_where_a_limit_is_on_them():
    assert counts_tokens(CALLER, [])
    assert counts_tokens(Caller(team_allowance=Allowance(tpm=5)), [])
    assert counts_tokens(Caller(), [Rated("p/m", tpm=5)])
    assert not counts_tokens(Caller(key_allowance=Allowance(rpm=5)), [Rated("p/m", rpm=5)])


def test_a_target_is_asked_for_once_and_one_that_is_no_first_choice_for_a_glance():
    rated = [
        Rated("p/m", 10, 1000),
        Rated("p/m", 10, 1000),
        Rated("p/free"),
        Rated("q/m:1", 5, 500, first=False),
    ]

    assert spare_of(rated, 70) == (
        Want("requests:target:p/m", 10, 1),
        Want("tokens:target:p/m", 1000, 70),
        Want("requests:target:q/m:1", 5, 1),
        Want("tokens:target:q/m:1", 500, 1),
    )
    assert targets_of(["tokens:target:q/m:1", "requests:target:p/m"]) == {"q/m:1", "p/m"}


def test_tokens_are_corrected_against_what_was_taken():
    wants = wants_of(CALLER, 3000)

    assert list(corrections_of(wants, 3000)) == [Correction("tokens:key:k", 1000, 2000)]
    assert list(corrections_of(wants, 100)) == [
        Correction("tokens:key:k", 1000, -900),
        Correction("tokens:team:t", 5000, -2900),
    ]


def test_a_target_keeps_what_it_was_asked_for_and_the_others_get_theirs_back():
    spare = spare_of(
        [Rated("a", 9, 900), Rated("b", 9, 900, first=False), Rated("c", 9, 900, first=False)], 50
    )
    attempts = (
        Tried("a", Kind.OVERLOADED, 503, None, 1.0),
        Tried("a", Kind.OVERLOADED, 503, None, 1.0),
        Tried("b", None, 200, None, 1.0),
        Tried("c", Kind.CIRCUIT_OPEN, None, None, 0.0, skipped=True),
    )

    assert list(spare_corrections(spare, (), attempts, "b", 70)) == [
        Correction("requests:target:a", 9, 1),
        Correction("tokens:target:a", 900, -50),
        Correction("tokens:target:b", 900, 69),
        Correction("requests:target:c", 9, -1),
        Correction("tokens:target:c", 900, -1),
    ]


def test_what_was_not_taken_is_not_given_back():
    spare = spare_of([Rated("a", 9, 900)], 50)
    short = {"requests:target:a", "tokens:target:a"}

    assert list(spare_corrections(spare, short, (), None, 0)) == []


@given(st.integers(1, 1000), st.integers(0, 5000), st.integers(0, 5000))
def test_after_its_correction_a_limit_has_given_what_was_used(per_minute, estimate, actual):
    (want,) = wants_of(Caller(key="k", key_allowance=Allowance(tpm=per_minute)), estimate)
    more = sum(correction.more for correction in corrections_of([want], actual))

    assert min(want.amount, want.per_minute) + more == actual


def test_callers_read_the_limit_that_has_least_left():
    levels = [
        Level("requests:key:k", 10, 4, 30.0),
        Level("requests:team:t", 100, 3, 0.25),
        Level("tokens:key:k", 1000, 1000, 0.0),
    ]

    assert headers_of(levels) == [
        (b"x-ratelimit-limit-requests", b"100"),
        (b"x-ratelimit-remaining-requests", b"3"),
        (b"x-ratelimit-reset-requests", b"250ms"),
        (b"x-ratelimit-limit-tokens", b"1000"),
        (b"x-ratelimit-remaining-tokens", b"1000"),
        (b"x-ratelimit-reset-tokens", b"0ms"),
    ]
    assert headers_of([]) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0ms"),
        (0.0121, "12ms"),
        (0.9999, "1s"),
        (1.0, "1s"),
        (7.66, "7.66s"),
        (59.999, "59.99s"),
        (60.0, "1m0s"),
        (360.0, "6m0s"),
        (3723.4, "1h2m3s"),
    ],
)
def test_times_are_written_as_openai_does(seconds, text):
    assert duration(seconds) == text


def test_who_is_over_a_limit_hears_which_and_for_how_long():
    level = Level("tokens:team:t", 5000, 12, 40.0)
    error = refusal_of(Limited("tokens:team:t", 1.5, (level,)))
    bare = refusal_of(Limited("requests:key:k", 1.5))

    assert (error.kind, error.meaning.status, error.retry_after) == (Kind.RATE_LIMIT, 429, 1.5)
    assert error.message == (
        "Rate limit reached for this team on tokens per minute: limit 5000, remaining 12. "
        "Please try again in 1.5s."
    )
    assert bare.message.startswith("Rate limit reached for this key on requests per minute. ")
