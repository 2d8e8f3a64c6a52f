import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.core.rounding import tenths, thousandths

TIMES = st.floats(0, 2.0**40)


@given(TIMES)
def test_a_time_is_rounded_as_python_would(value):
    assume(abs(value * 10.0 % 1.0 - 0.5) > 1e-3)
    assume(abs(value * 1000.0 % 1.0 - 0.5) > 1e-3)

    assert tenths(value) == pytest.approx(round(value, 1), rel=1e-15)
    assert thousandths(value) == pytest.approx(round(value, 3), rel=1e-15)


@given(st.integers(0, 10**9))
def test_what_is_rounded_has_no_more_digits(parts):
    assert str(tenths(parts / 10)) == str(parts / 10)
    assert str(thousandths(parts / 1000)) == str(parts / 1000)


def test_halves_go_up():
    assert (tenths(0.25), tenths(0.75), thousandths(0.0625)) == (0.3, 0.8, 0.063)
