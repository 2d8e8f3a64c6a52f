from proxy.watch.cells import Cells
from proxy.watch.families import QUEUE_DEPTH, REQUESTS, TPOT

SERVED = ("chat", "a", "t", "served")


def test_a_series_begins_at_zero_and_keeps_its_place():
    cells = Cells()
    first = cells.take(REQUESTS, SERVED)
    second = cells.take(TPOT, ("t",))
    cells.numbers[first] += 2.0
    cells.numbers[second + 14] += 0.5

    assert cells.reading() == {
        (REQUESTS.name, SERVED): [2.0],
        (TPOT.name, ("t",)): [0.0] * 14 + [0.5],
    }


def test_a_reading_is_of_its_moment():
    cells = Cells()
    at = cells.take(QUEUE_DEPTH, ())
    reading = cells.reading()
    cells.numbers[at] += 1.0

    assert reading == {(QUEUE_DEPTH.name, ()): [0.0]}


def test_what_is_closed_still_counts():
    cells = Cells()
    cells.close()
    cells.take(QUEUE_DEPTH, ())

    assert len(cells.reading()) == 1
