from math import nan

from hypothesis import given
from hypothesis import strategies as st

from proxy.watch.families import CIRCUIT, IN_FLIGHT, REQUESTS, TPOT
from proxy.watch.together import lasting, together

SERVED = (REQUESTS.name, ("chat", "a", "t", "served"))
STATE = (CIRCUIT.name, ("t",))
UNDER_WAY = (IN_FLIGHT.name, ("chat",))
TIMES = (TPOT.name, ("t",))


def test_counters_histograms_and_most_gauges_add_up():
    one = {SERVED: [1.0], TIMES: [1.0, *[0.0] * 13, 0.25], UNDER_WAY: [3.0]}
    two = {SERVED: [2.0], TIMES: [0.0, *[1.0] * 13, 0.5], UNDER_WAY: [4.0]}

    assert together([one, two]) == {SERVED: [3.0], TIMES: [1.0] * 14 + [0.75], UNDER_WAY: [7.0]}


def test_a_state_is_the_worst_of_all():
    assert together([{STATE: [0.0]}, {STATE: [2.0]}, {STATE: [1.0]}]) == {STATE: [2.0]}


def test_what_is_no_number_says_nothing():
    assert together([{STATE: [nan]}, {UNDER_WAY: [1.0]}, {UNDER_WAY: [nan]}]) == {UNDER_WAY: [1.0]}


def test_what_one_alone_has_stays_as_it_is():
    assert together([{SERVED: [1.0]}, {}, {STATE: [1.0]}]) == {SERVED: [1.0], STATE: [1.0]}


def test_a_process_leaves_what_it_counted_and_no_state():
    assert lasting({SERVED: [1.0], STATE: [2.0], UNDER_WAY: [1.0]}) == {SERVED: [1.0]}


COUNTS = st.integers(0, 1000).map(float)
READINGS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            SERVED: st.tuples(COUNTS).map(list),
            STATE: st.tuples(COUNTS).map(list),
            TIMES: st.lists(COUNTS, min_size=15, max_size=15),
        },
    ),
    max_size=5,
)


@given(READINGS, st.randoms())
def test_the_order_of_readings_does_not_matter(readings, random):
    shuffled = list(readings)
    random.shuffle(shuffled)
    whole = together(readings)

    assert together(shuffled) == whole
    assert together([together(readings[:2]), together(readings[2:])]) == whole
