import pytest

from proxy.core.clock import SystemClock
from proxy.core.shelf import Shelf, fetched, found_at


def shelf():
    made = []

    def make(name):
        made.append(name)
        return [name]

    return Shelf(("b", "a"), make), made


def test_what_is_asked_for_is_made_once():
    things, made = shelf()

    assert things["a"] is things["a"]
    assert made == ["a"]


def test_looking_at_the_names_makes_nothing():
    things, made = shelf()

    assert list(things) == ["b", "a"]
    assert len(things) == 2
    assert "a" in things
    assert "c" not in things
    assert made == []


def test_what_is_not_there_is_not_made():
    things, made = shelf()

    with pytest.raises(KeyError, match="c"):
        things["c"]

    assert things.get("c") is None
    assert made == []


def test_what_will_be_needed_is_fetched_before():
    things, made = shelf()

    things.fetch(["a", "c", "a"])

    assert made == ["a"]


def test_a_place_is_a_module_and_a_name_in_it():
    assert found_at("proxy.core.clock:SystemClock") is SystemClock


async def test_a_place_can_be_loaded_aside():
    assert await fetched("proxy.core.clock:SystemClock") is SystemClock


@pytest.mark.parametrize(
    ("place", "error"),
    [("proxy.core.nowhere:X", ImportError), ("proxy.core.clock:Nothing", AttributeError)],
)
def test_a_place_that_is_none_is_an_error(place, error):
    with pytest.raises(error):
        found_at(place)
