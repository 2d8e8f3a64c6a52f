from hypothesis import given
from hypothesis import strategies as st

from proxy.route.window import Window


@given(st.lists(st.floats(0, 200), max_size=60), st.integers(1, 40))
def test_it_counts_what_is_not_older_than_its_seconds(times, seconds):
    window = Window(seconds)
    times = sorted(times)
    for time in times:
        window.add(time)

    now = times[-1] if times else 0.0

    assert window.total(now) == sum(int(now) - int(time) < seconds for time in times)


def test_a_long_silence_forgets_everything():
    window = Window(3)
    window.add(1.0)

    assert window.total(1e9) == 0


def test_a_time_that_goes_back_counts_as_the_newest():
    window = Window(3)
    window.add(7.5)
    window.add(2.0)

    assert window.total(9.9) == 2
    assert window.total(10.0) == 0
