import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.gate.desk.moments import LAST, iso, month, read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0.0),
        (1_795_000_000.5, 1_795_000_000.5),
        ("1795000000", 1_795_000_000.0),
        ("1970-01-02", 86_400.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01T00:00:01", 1.0),
    ],
)
def test_a_moment_is_seconds_or_iso_8601(value, expected):
    assert read(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("", "yesterday", "2026-13-01", "1969-12-31", "0001-01-01T00:00:00+23:00"),
        *(-1, LAST + 1, "9999999999999", True, None, [], float("nan")),
    ],
)
def test_anything_else_is_no_moment(value):
    assert read(value) is None


@given(st.integers(0, int(LAST)))
def test_what_is_written_is_read_again(seconds):
    assert read(iso(seconds)) == seconds


@pytest.mark.parametrize(
    ("value", "days"), [("2026-11", 30), ("2026-12", 31), ("2026-02", 28), ("2028-02", 29)]
)
def test_a_month_ends_where_the_next_begins(value, days):
    first, following = month(value)

    assert (following - first) / 86_400 == days
    assert iso(first).startswith(f"{value}-01T00:00:00")


@pytest.mark.parametrize("value", ["2026", "2026-00", "2026-13", "1969-12", "9999-01", "26-11", ""])
def test_anything_else_is_no_month(value):
    assert month(value) is None
