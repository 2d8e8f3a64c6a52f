from proxy.watch.cells import Cells
from proxy.watch.families import REQUESTS, TPOT
from proxy.watch.tally import Counter, Histogram

LABELS = ("chat", "a", "t", "served")


def test_a_counter_adds_up_by_labels():
    cells = Cells()
    counter = Counter(REQUESTS, cells)
    counter.add(LABELS)
    counter.add(LABELS, 2.5)
    counter.add(("chat", "b", "t", "served"))

    assert list(cells.reading().values()) == [[3.5], [1.0]]


def test_a_value_falls_into_the_first_bucket_that_holds_it():
    cells = Cells()
    histogram = Histogram(TPOT, cells, None)
    for value in (0.0, 0.01, 0.011, 2.5, 2.6):
        histogram.add(("t",), value)
    (numbers,) = cells.reading().values()

    assert numbers[:2] == [2.0, 1.0]
    assert numbers[12:14] == [1.0, 1.0]
    assert sum(numbers[:-1]) == 5
    assert numbers[-1] == 0.0 + 0.01 + 0.011 + 2.5 + 2.6


def test_the_last_call_of_each_bucket_is_remembered_by_its_trace():
    kept = {}
    histogram = Histogram(TPOT, Cells(), kept)
    histogram.add(("t",), 0.02, "aa", 5.0)
    histogram.add(("t",), 0.021, "bb", 6.0)
    histogram.add(("t",), 0.022)
    histogram.add(("t",), 9.0, "cc", 7.0)
    remembered = kept[TPOT.name, ("t",)]

    assert remembered[1] == ("bb", 0.021, 6.0)
    assert remembered[13] == ("cc", 9.0, 7.0)
    assert [one for one in remembered if one] == [remembered[1], remembered[13]]


def test_nothing_is_remembered_where_nobody_can_show_it():
    histogram = Histogram(TPOT, Cells(), None)
    histogram.add(("t",), 0.02, "aa", 5.0)
    histogram.add(("t",), 0.02, "aa", 5.0)
