from hypothesis import given
from hypothesis import strategies as st

from proxy.core.packing import Glimpse, Packing
from proxy.core.record import record

HUGE = 2**64


@record
class Part:
    name: str
    size: float | None = None


@record
class Whole:
    parts: tuple[Part, ...]
    told: dict[str, object]
    state: str = "new"


@record
class Half:
    told: dict[str, object]
    state: str = "new"


WHOLES = Packing(Whole)
NUMBERS = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=5)
VALUES = st.recursive(
    NUMBERS | TEXTS, lambda some: st.lists(some) | st.dictionaries(TEXTS, some), max_leaves=5
)
PARTS = st.builds(Part, TEXTS, st.none() | st.floats(allow_nan=False))


@given(
    st.builds(
        Whole,
        st.lists(PARTS, max_size=3).map(tuple),
        st.dictionaries(TEXTS, VALUES, max_size=3),
        st.sampled_from(["new", "old"]),
    )
)
def test_what_was_packed_is_what_it_was(whole):
    assert WHOLES.unpack(WHOLES.pack(whole)) == whole


def test_one_piece_of_bytes_is_kept_where_one_can_say_it():
    plain = Whole((Part("a"),), {"b": [1, 2.5]})
    odd = [Whole((Part("half \ud800"),), {}), Whole((), {"b": HUGE})]

    assert isinstance(WHOLES.pack(plain), bytes)
    assert [WHOLES.pack(each) for each in odd] == odd


def test_many_are_packed_together():
    packing = Packing(list[Part])
    parts = [Part("a"), Part("b", 2.0)]

    assert packing.unpack(packing.pack(parts)) == parts


def test_a_glimpse_shows_some_fields_as_they_are_and_what_is_not_packed_whole():
    glimpse = Glimpse(Half)
    plain, old = Whole((Part("a"),), {"b": 1}), Whole((), {}, "old")

    assert [glimpse.of(WHOLES.pack(each)) for each in (plain, old)] == [
        Half({"b": 1}),
        Half({}, "old"),
    ]
    assert glimpse.of(plain) is plain
