import pytest

from bench.goals import LIMITS, Limit, of, spread
from bench.notes import Notes
from bench.profile import tops
from bench.svg import bars, curves, decades
from bench.tables import contestants, markdown, rows, terminal
from bench.works import WORKS


def noted():
    notes = Notes()
    for firstbyte, nginx in ((0.08, 0.01), (0.06, 0.02), (0.07, 0.01)):
        notes.add("json", "firstbyte", cpu_ms=firstbyte)
        notes.add("json", "nginx", cpu_ms=nginx)
    return notes


def test_a_figure_is_the_median_of_its_rounds():
    assert noted().median("json", "firstbyte", "cpu_ms") == 0.07
    assert noted().median("json", "litellm", "cpu_ms") is None


def test_a_ratio_is_between_medians_and_has_its_verdict():
    assert rows(noted()) == [
        ("1 KB JSON call: CPU per call", "0.070 ms", "", "", ""),
        ("… over nginx", "7.00 x", "≤ 5.00 x", "≤ 8.00 x", "least"),
    ]


def test_throughput_is_what_was_served_in_all_turns():
    notes = Notes()
    for at_16, at_64, at_512 in ((9, 6, 9), (9, 9, 6), (3, 6, 9)):
        notes.add("throughput", "firstbyte", rate16=at_16, rate64=at_64, rate512=at_512)

    assert notes.mean("throughput", "firstbyte", "rate16") == 7.0
    assert notes.mean("throughput", "nginx", "rate16") is None
    assert spread(notes) == pytest.approx(100 / 7)
    assert spread(noted()) is None


def test_limits_hold_in_their_direction():
    down = Limit("a", "a", "ms", of("a", "a"), 1.0, 2.0)
    up = Limit("a", "a", "x", of("a", "a"), 2.0, 1.0, upward=True)

    assert [down.verdict(value) for value in (1.0, 2.0, 2.1, None)] == [
        "goal",
        "least",
        "missed",
        "",
    ]
    assert [up.verdict(value) for value in (2.0, 1.0, 0.9)] == ["goal", "least", "missed"]


def test_every_limit_belongs_to_a_work():
    assert {limit.work for limit in LIMITS} <= set(WORKS)


def test_tables_show_who_was_measured():
    assert "| 1 KB JSON call | 0.010 | 0.070 |" in contestants(noted())
    assert "| … over nginx | 7.00 x |" in markdown(noted())
    assert len(terminal(noted()).splitlines()) == 3


def test_rounds_that_others_disturbed_are_told():
    notes = noted()

    assert notes.noisy() == ""

    notes.add("json", "nginx", others=0.5)

    assert "1 of 1 rounds" in notes.noisy()


def test_a_scale_holds_all_values():
    assert decades([0.02, 3.0]) == (-2, 1)
    assert decades([1.0]) == (0, 1)


def test_plots_name_everybody_and_escape_what_they_are_told():
    series = {"nginx": [(1, 0.1), (99, 2.0)], "a<b": [(1, 0.2), (99, 2.1)]}
    picture = curves("Delay & more", series, "percentile", "ms")

    assert picture.startswith("<svg ")
    assert "a&lt;b" in picture
    assert "Delay &amp; more" in picture
    assert bars("CPU", {"json": {"nginx": 0.01, "Firstbyte": 0.07}}, "ms").count("<rect") == 2


def test_a_profile_counts_a_recursive_function_once():
    text = tops("a (m.py:1);b (n.py:1) 3\na (m.py:1);a (m.py:1) 1\n")

    assert "75.0%  b (n.py:1)" in text
    assert "100.0%  a (m.py:1)" in text
    assert "75.0%  n.py" in text
