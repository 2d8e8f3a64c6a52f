import pytest

from proxy.core.clock import SystemClock
from proxy.core.lazy import LazyMap, imported, imported_aside


def lazy_map():
    made = []

    def make(name):
        made.append(name)
        return [name]

    return LazyMap(("b", "a"), make), made


def test_what_is_asked_for_is_made_once():
    things, made = lazy_map()

    assert things["a"] is things["a"]
    assert made == ["a"]


def test_looking_at_the_names_makes_nothing():
    things, made = lazy_map()

    assert list(things) == ["b", "a"]
    assert len(things) == 2
    assert "a" in things
    assert "c" not in things
    assert made == []


def test_what_is_not_there_is_not_made():
    things, made = lazy_map()

    with pytest.raises(KeyError, match="c"):
        things["c"]

    assert things.get("c") is None
    assert made == []


def test_what_will_be_needed_is_fetched_before():
    things, made = lazy_map()

    things.fetch(["a", "c", "a"])

    assert made == ["a"]


def test_a_place_is_a_module_and_a_name_in_it():
    assert imported("proxy.core.clock:SystemClock") is SystemClock


async def test_a_place_can_be_loaded_aside():
    assert await imported_aside("proxy.core.clock:SystemClock") is SystemClock


@pytest.mark.parametrize(
    ("place", "error"),
    [("proxy.core.nowhere:X", ImportError), ("proxy.core.clock:Nothing", AttributeError)],
)
def test_a_place_that_is_none_is_an_error(place, error):
    with pytest.raises(error):
        imported(place)
