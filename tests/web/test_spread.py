from hypothesis import given
from hypothesis import strategies as st

from proxy.web.spread import FINENESS, Spread, is_uneven

PLACES = st.integers(2, 6)
STEPS = st.lists(st.integers(0, 5), max_size=300)


def there(places):
    spread = Spread(places)
    for place in range(places):
        spread.have(place, 0)
    return spread


def loads(spread, places):
    return [spread.load(place) for place in range(places)]


def test_with_few_a_difference_of_one_is_even_and_with_many_a_sixteenth():
    assert not is_uneven(0, 0)
    assert not is_uneven(5, 5)
    assert is_uneven(6, 5)
    assert is_uneven(15, 14)
    assert not is_uneven(17, 16)
    assert is_uneven(18, 16)
    assert not is_uneven(3, 9)


@given(PLACES, STEPS, st.randoms())
def test_whoever_connections_come_to_they_end_evenly_however_late_they_are_taken(
    places, arrivals, random
):
    spread, has = there(places), [0] * places
    on_their_way = []
    for arrival in arrivals:
        place = arrival % places
        to = spread.whom(place)
        if to is None:
            has[place] += 1
            spread.have(place, has[place])
        else:
            spread.hand(place, to)
            on_their_way.append(to)
        while on_their_way and random.random() < 0.5:
            to = on_their_way.pop(random.randrange(len(on_their_way)))
            has[to] += 1
            spread.have(to, has[to])
            spread.take(to)
    found = loads(spread, places)

    assert sum(found) == len(arrivals)
    assert max(found) <= min(found) + 1 + min(found) // FINENESS


@given(st.lists(st.integers(-1, 40), min_size=2, max_size=6), st.lists(st.integers(0, 9)))
def test_the_least_is_found_whatever_is_on_its_way(opened, on_their_way):
    spread = Spread(len(opened))
    for place, count in enumerate(opened):
        spread.have(place, count)
    for place, count in zip(range(1, len(opened)), on_their_way, strict=False):
        spread.hand(0, place, count)
    others = [n for n in range(1, len(opened)) if spread.is_there(n)]
    found = spread.least(0)

    assert (found is None) == (not others)
    assert found is None or found[1] == min(spread.load(n) for n in others) == spread.load(found[0])


def test_who_is_away_is_handed_nothing_and_what_was_on_its_way_stays_counted():
    spread = there(2)
    spread.have(0, 9)
    spread.hand(0, 1)
    spread.leave(1)

    assert spread.whom(0) is None
    assert not spread.is_there(1)
    assert spread.load(1) == 1


def test_who_is_leaving_gives_away_whatever_comes():
    spread = there(2)
    spread.have(1, 9)
    spread.leave(0)

    assert spread.whom(0) == 1


def test_what_could_not_be_sent_is_not_on_its_way():
    spread = there(2)
    spread.hand(0, 1)
    spread.hand(0, 1, -1)

    assert loads(spread, 2) == [0, 0]
