import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.wire.retry_after import MAX_WAIT, retry_after

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
