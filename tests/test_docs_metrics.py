"""docs/metrics.md is held to the code: every metric with its labels, its meaning and its buckets, and nothing else."""

import re
from pathlib import Path

import pytest

from proxy.core.facts import Outcome
from proxy.watch.exposition import Exposition
from proxy.watch.families import BY_NAME, FAMILIES

TEXT = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text()


def rows(first):
    """The rows of a table whose first cell is one of ours, cell by cell."""
    lines = TEXT.split(first)[1].split("\n\n")[0].splitlines()
    split = (re.split(r"(?<!\\)\|", line.strip("|")) for line in lines if line.startswith("| `"))
    return [[cell.strip() for cell in cells] for cells in split]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_metric_stands_there_with_its_kind_labels_and_meaning(family):
    labels = ", ".join(f"`{label}`" for label in family.labels) or "none"

    assert [f"`{family.name}`", family.kind, labels, family.meaning] in rows(
        "| metric | kind | labels | meaning |"
    )


def test_nothing_else_stands_there():
    told = [row[0].strip("`") for row in rows("| metric | kind | labels | meaning |")]

    assert told == [family.name for family in FAMILIES]


def test_every_histogram_s_buckets_stand_there():
    told = {
        name.strip("`"): tuple(map(float, edges.split()))
        for name, edges in rows("| histogram | upper bounds |")
    }

    assert told == {family.name: family.edges for family in FAMILIES if family.edges}


def test_every_metric_that_is_asked_for_is_one_of_ours():
    asked = set(re.findall(r"\bfirstbyte_\w+", TEXT))
    parts = {f"{family.name}_bucket" for family in FAMILIES if family.edges}

    assert asked <= BY_NAME.keys() | parts


def test_every_outcome_stands_there():
    (line,) = [line for line in TEXT.splitlines() if line.startswith("- `outcome`")]

    assert {outcome.value for outcome in Outcome} == set(re.findall(r"`(\w+)`", line)) - {"outcome"}


def test_what_is_told_of_the_process_is_told():
    text = b"".join(Exposition("").parts({}, {})).decode()
    told = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))

    assert told == set(re.findall(r"`(process_\w+)`", TEXT))
