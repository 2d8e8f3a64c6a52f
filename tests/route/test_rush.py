import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.route.rush import EVERY, FRESH, LEAST, MOST, SURE, Rush

QUICK = 0.006
TIMES = st.floats(0.0, 3 * MOST)
STREAMS = st.lists(
    st.one_of(
        st.tuples(st.just("was_met"), st.just(0.0)),
        st.tuples(st.just("was_whole"), TIMES),
        st.tuples(st.just("was_at_once"), TIMES),
        st.tuples(st.just("was_slow"), st.sampled_from([False, True])),
    )
)


def tell(rush, name, said):
    if name == "was_met":
        rush.was_met(0.0)
    elif name == "was_slow":
        rush.was_slow(kept_waiting=said)
    else:
        getattr(rush, name)(said, 0.0)


def after(streams):
    rush = Rush()
    for each in streams:
        tell(rush, *each)
    return rush


def needed(rush):
    """How many quick streams in a row it takes until one is expected."""
    count = 0
    while not rush.expected(0.0):
        rush.was_whole(QUICK, 0.0)
        count += 1
    return count


def test_nothing_is_expected_of_whom_nobody_knows():
    assert Rush().expected(0.0) == 0.0


def test_some_quick_streams_in_a_row_make_the_next_expected_when_they_were_whole():
    rush = Rush()

    assert needed(rush) == SURE
    assert rush.expected(0.0) == QUICK


@given(STREAMS)
def test_what_is_expected_is_expected_in_time_or_not_at_all(streams):
    expected = after(streams).expected(0.0)

    assert expected == 0.0 or LEAST <= expected <= MOST


@given(STREAMS, st.booleans())
def test_after_one_slow_stream_nothing_is_expected(streams, kept_waiting):
    rush = after(streams)
    rush.was_slow(kept_waiting=kept_waiting)

    assert rush.expected(0.0) == 0.0
    assert needed(rush) >= SURE


def test_whoever_kept_somebody_waiting_has_to_be_quick_twice_as_often():
    rush = Rush()
    counts = []
    for _ in range(4):
        counts.append(needed(rush))
        rush.was_slow(kept_waiting=True)

    assert counts == [SURE, 2 * SURE, 4 * SURE, 8 * SURE]


def test_whoever_kept_nobody_waiting_is_trusted_as_soon_as_before():
    rush = Rush()
    needed(rush)
    rush.was_slow()

    assert needed(rush) == SURE


def test_distrust_passes():
    rush = Rush()
    for _ in range(3):
        rush.was_slow(kept_waiting=True)
    for _ in range(1000):
        rush.was_whole(QUICK, 0.0)
    rush.was_slow()

    assert needed(rush) == SURE


def test_a_target_that_is_quick_every_other_time_keeps_hardly_anybody_waiting():
    rush, waited = Rush(), 0
    for _ in range(1000):
        for _ in range(SURE):
            rush.was_whole(QUICK, 0.0)
        waited += bool(rush.expected(0.0))
        rush.was_slow(kept_waiting=bool(rush.expected(0.0)))

    assert waited == 1


@pytest.mark.parametrize("how", ["was_whole", "was_at_once"])
def test_a_stream_that_was_whole_too_late_is_a_slow_one(how):
    rush = after([("was_whole", QUICK)] * SURE)
    getattr(rush, how)(2 * MOST + 0.001, 0.0)

    assert rush.expected(0.0) == 0.0


def test_what_is_whole_later_than_expected_is_expected_later():
    rush = after([("was_whole", QUICK)] * SURE)
    rush.was_whole(QUICK + 0.004, 0.0)

    assert rush.expected(0.0) == QUICK + 0.002


def test_what_is_seen_to_be_whole_sooner_is_expected_sooner_at_once():
    rush = after([("was_whole", QUICK)] * SURE)
    rush.was_at_once(0.002, 0.0)
    sooner = rush.expected(0.0)
    rush.was_at_once(LEAST / 2, 0.0)

    assert (sooner, rush.expected(0.0)) == (0.002, 0.0)


def test_what_comes_in_one_read_is_never_held_up():
    rush = after([("was_at_once", QUICK)] * 1000)

    assert rush.expected(0.0) == 0.0


def test_what_is_met_is_expected_ever_sooner():
    rush = after([("was_whole", MOST)] * SURE)
    waits = []
    for _ in range(EVERY // 2):
        waits.append(rush.expected(0.0))
        rush.was_met(0.0)

    assert waits == sorted(waits, reverse=True)
    assert MOST / 2 < waits[-1] < waits[0] == MOST


def test_now_and_then_one_is_read_as_it_comes():
    rush = after([("was_whole", QUICK)] * EVERY * 4)
    seen = []
    for _ in range(4 * EVERY):
        seen.append(rush.expected(0.0) == 0.0)
        rush.was_whole(QUICK, 0.0)

    assert sum(seen) == 4


def test_what_a_target_did_is_forgotten():
    rush = Rush()
    for at in range(SURE):
        rush.was_whole(QUICK, float(at))

    assert rush.expected(SURE - 1 + FRESH) == QUICK
    assert rush.expected(SURE + FRESH) == 0.0
