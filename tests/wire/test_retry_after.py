import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire.retry_after import MAX_WAIT, in_words, retry_after, until_filled

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.25"}, 1.25),
        ({"retry-after": "2."}, 2.0),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250.5"}, 0.2505),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Friday, 15-Jan-27 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri Jan 15 08:00:30 2027"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:59:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 09:00:30 +0100"}, 30.0),
        ({"retry-after": "99999999999"}, MAX_WAIT),
        ({"retry-after-ms": "99999999999999999"}, MAX_WAIT),
        ({"retry-after": "Fri, 15 Jan 2100 08:00:30 GMT"}, MAX_WAIT),
    ],
)
def test_a_hint_is_read_in_every_form(headers, expected):
    assert retry_after(headers, NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "+1",
        "nan",
        "inf",
        "1e3",
        "1_0",
        "0x10",
        "٣",
        "soon",
        "1,5",
        "7, 8",
        "Jan",
        "9" * 33,
        "Fri, 99 Jan 2027 08:00:30 GMT",
        "Fri, 15 Jan 99999 08:00:30 GMT",
        "x" * 10000,
    ],
)
def test_nonsense_is_no_hint(text):
    assert retry_after({"retry-after": text}, NOW) is None
    assert retry_after({"retry-after-ms": text}, NOW) is None


@given(st.text(), st.text(), st.floats(min_value=0, max_value=1e11))
def test_whatever_comes_the_wait_is_finite_and_bounded(ms, seconds, now):
    wait = retry_after({"retry-after-ms": ms, "retry-after": seconds}, now)

    assert wait is None or (math.isfinite(wait) and 0 <= wait <= MAX_WAIT)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Rate limit reached. Please try again in 7.66s. Visit our site.", 7.66),
        ("Please try again in 1m2.5s", 62.5),
        ("Please try again in 250ms.", 0.25),
        ("Please try again in 1d2h3m4s", 93784.0),
        ("Please retry after 26 seconds.", 26.0),
        ("Please wait about 2 minutes and 5 seconds", 125.0),
        ("Retry in 6 milliseconds", 0.006),
        ("Try again soon. Then try again in 2 hours.", 7200.0),
        ("try again in 999999999 days", MAX_WAIT),
        ("try again later", None),
        ("try again in 20", None),
        ("try again in 5 mice", None),
        ("the limit is 5s", None),
        ("", None),
    ],
)
def test_a_sentence_says_how_long_to_wait(text, seconds):
    assert in_words(text) == pytest.approx(seconds)


def limit(reset, remaining="0", name=""):
    return {f"x-ratelimit-reset{name}": reset, f"x-ratelimit-remaining{name}": remaining}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (limit("7m12s", name="-requests"), 432.0),
        (limit("7m12s", "5", "-requests") | limit("2s", name="-tokens"), 2.0),
        (limit("7s", name="-requests") | limit("2s", name="-tokens"), 7.0),
        (limit("11.5", name="-tokens-minute"), 11.5),
        (limit("1800000010000"), 10.0),
        (limit("1800000010"), 10.0),
        (limit("1700000010"), 0.0),
        (limit("99999999d"), MAX_WAIT),
        (limit("2s", "3"), None),
        (limit("2s", "none"), None),
        (limit("soon"), None),
        (limit("2s soon"), None),
        ({"x-ratelimit-reset": "2s"}, None),
        ({}, None),
    ],
)
def test_a_limit_that_is_used_up_says_when_it_is_filled_again(headers, seconds):
    assert until_filled(headers, NOW) == seconds


def test_a_time_is_no_wait_where_nobody_knows_what_time_it_is():
    assert until_filled(limit("1800000010"), None) is None
    assert until_filled(limit("12"), None) == 12.0


@given(st.text(), st.text())
def test_no_limit_and_no_sentence_is_too_odd(reset, text):
    waits = [until_filled(limit(reset), NOW), in_words("try again in " + text)]

    assert all(wait is None or 0.0 <= wait <= MAX_WAIT for wait in waits)
