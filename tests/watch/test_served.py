"""Calls that are counted in one step are counted as all others are."""

from decimal import Decimal

import pytest

from proxy.core.errors import Kind, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.usage import Usage
from proxy.watch.families import REQUESTS
from proxy.watch.metrics import Metrics
from proxy.watch.served import run_of
from tests.support.told import FAILED, SERVED, ended

USED = Usage(10, 5)
RUN = Run("b/m", USED, None)
PRICED = Run("b/m", USED, Decimal("0.5"))
OTHERS = [
    {"outcome": Outcome.CUT},
    {"attempts": (FAILED, SERVED)},
    {"attempts": ()},
    {"attempts": (Tried("b/m", Kind.OVERLOADED, 529, None, 1.0),)},
    {"attempts": (Tried("b/m", None, None, None, 1.0, skipped=True),)},
    {"attempts": (Tried("a/m", None, 200, None, 1.0),)},
    {"runs": ()},
    {"runs": (RUN, RUN)},
    {"runs": (Run("a/m", USED, None),)},
    {"runs": (Run("b/m", None, None),)},
    {"runs": (Run("b/m", Usage(10, 5, cached=3), None),)},
    {"runs": (Run("b/m", Usage(10, 5, cache_write=3), None),)},
    {"runs": (Run("b/m", Usage(10, 5, reasoning=3), None),)},
    {"target": "a/m"},
    {"overhead_ms": None},
    {"cache": "miss"},
]


def plain(**changes):
    known = {"attempts": (SERVED,), "runs": (RUN,), "usage": USED, "stream": False}
    return ended(**{**known, **changes})


def counted(facts, *, apart, names=("chat",)):
    metrics = Metrics()
    metrics.adopt(names, ("a/m", "b/m"))
    for fact in facts:
        (metrics._count if apart else metrics.on)(fact)
    return metrics.reading(), metrics.exemplars


def test_the_run_of_a_plain_call_is_found_and_of_no_other():
    assert run_of(plain()) == RUN
    assert [run_of(plain(**changes)) for changes in OTHERS] == [None] * len(OTHERS)


@pytest.mark.parametrize("names", [("chat",), ()])
def test_in_one_step_the_same_is_counted(names):
    alike = {"trace": None}, {"surface": "messages"}, {"runs": (PRICED,)}
    streams = (
        {},
        {"ttft_ms": None},
        {"usage": None},
        {"usage": Usage(10, 1)},
        {"usage": Usage(9, 2)},
    )
    facts = [plain(**changes) for changes in ({}, {}, *alike, *OTHERS)]
    facts += [plain(**changes, stream=True) for changes in (*streams, *alike, *OTHERS)]
    facts += [plain(**changes, stream=True, hushed=True) for changes in ({}, *alike, *OTHERS)]

    assert counted(facts, apart=False, names=names) == counted(facts, apart=True, names=names)


def test_many_are_counted_as_each_is():
    facts = [plain(), *(plain(**changes) for changes in OTHERS)]
    together = Metrics()
    together.adopt(("chat",), ("a/m", "b/m"))

    together.on_many(iter(facts))

    assert (together.reading(), together.exemplars) == counted(facts, apart=False)


def test_after_a_reload_calls_count_under_the_names_of_then():
    metrics = Metrics()
    metrics.adopt(("chat",), ("b/m",))

    metrics.on(plain())
    metrics.adopt((), ("b/m",))
    metrics.on(plain())

    told = {key[1]: each for key, each in metrics.reading().items() if key[0] == REQUESTS.name}
    assert len(told) == 2
    assert list(told.values()) == [[1.0], [1.0]]
