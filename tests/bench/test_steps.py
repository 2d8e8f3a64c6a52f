"""What was counted is told by call, the most first."""

from bench.steps import table

TOLD = {
    "calls": 10,
    "functions": {"proxy/a.py:1 few": 20, "proxy/b.py:7 many": 400},
    "general": {"proxy/b.py:9 load_attr name": 10},
}


def test_steps_are_told_by_call_the_most_first():
    assert table(TOLD).splitlines() == [
        "    42.0  steps a call",
        "    40.0  proxy/b.py:7 many",
        "     2.0  proxy/a.py:1 few",
        "",
        "     1.0  steps that stayed general a call",
        "     1.0  proxy/b.py:9 load_attr name",
    ]


def test_a_work_without_calls_is_told_as_it_is():
    assert table({**TOLD, "calls": 0}).startswith("   420.0  steps a call")


def test_what_an_interpreter_does_not_say_is_not_told_as_none_at_all():
    assert "general" not in table({**TOLD, "general": None})
