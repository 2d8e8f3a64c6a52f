from hypothesis import given
from hypothesis import strategies as st

from proxy.store.expiring import Expiring


def test_a_value_ends_by_itself():
    notes = Expiring(10, 100)
    notes.put("a", b"1", ends=5, now=0)

    assert notes.get("a", now=4.9) == b"1"
    assert notes.get("a", now=5) is None


def test_what_ends_soonest_goes_first_when_there_are_too_many():
    notes = Expiring(2, 100)
    for key, ends in (("a", 30), ("b", 10), ("c", 20)):
        notes.put(key, b"1", ends, now=0)

    assert [key for key in "abc" if notes.get(key, 0)] == ["a", "c"]


def test_bytes_are_bounded_too():
    notes = Expiring(10, 100)
    notes.put("a", b"1" * 60, ends=10, now=0)
    notes.put("b", b"1" * 60, ends=20, now=0)

    assert notes.get("a", 0) is None
    assert notes.get("b", 0) == b"1" * 60


def test_what_is_larger_than_everything_is_not_kept_and_pushes_nothing_out():
    notes = Expiring(10, 100)
    notes.put("a", b"1", ends=10, now=0)
    notes.put("b", b"1" * 101, ends=20, now=0)

    assert notes.get("a", 0) == b"1"
    assert notes.get("b", 0) is None


def test_a_replaced_value_does_not_end_when_the_first_would_have():
    notes = Expiring(2, 100)
    notes.put("a", b"1", ends=5, now=0)
    notes.put("a", b"2", ends=50, now=0)
    notes.put("b", b"3", ends=20, now=10)

    assert notes.get("a", 10) == b"2"
    assert len(notes) == 2


def test_ended_values_make_room():
    notes = Expiring(2, 100)
    notes.put("a", b"1", ends=5, now=0)
    notes.put("b", b"2", ends=50, now=0)
    notes.put("c", b"3", ends=6, now=5)

    assert notes.get("b", 5) == b"2"
    assert notes.get("c", 5) == b"3"


def test_a_topic_is_found_by_its_beginning():
    notes = Expiring(9, 100)
    notes.put("circuit:a:b", b"1", ends=5, now=0)
    notes.put("circuit:c", b"2", ends=9, now=0)
    notes.put("circuits:d", b"3", ends=9, now=0)

    assert dict(notes.under("circuit:", 0)) == {"a:b": b"1", "c": b"2"}
    assert dict(notes.under("circuit:", 5)) == {"c": b"2"}


def test_a_note_that_is_renewed_for_ever_leaves_no_heap_behind():
    notes = Expiring(10, 100)
    for moment in range(5000):
        notes.put("a", b"1", ends=moment + 1e6, now=moment)

    assert len(notes._ends) < 1100


KEYS = st.sampled_from("abcdef")


@given(
    st.lists(
        st.one_of(
            st.tuples(KEYS, st.integers(0, 60), st.integers(1, 30)),
            st.tuples(KEYS, st.none(), st.none()),
        )
    )
)
def test_it_is_never_larger_than_it_may_be(steps):
    notes, kept = Expiring(3, 100), {}
    for now, (key, size, seconds) in enumerate(steps):
        if size is None:
            notes.drop(key)
            kept.pop(key, None)
        else:
            notes.put(key, b"x" * size, now + seconds, now)
            kept[key] = size
        there = {each: notes.get(each, now) for each in "abcdef"}
        shown = {each: len(value) for each, value in there.items() if value is not None}

        assert shown.items() <= kept.items()
        assert len(notes) <= 3
        assert notes._bytes == sum(len(value) for value, _ in notes._values.values()) <= 100
