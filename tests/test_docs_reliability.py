"""docs/reliability.md is held to the tests: each promise names one, and each that is named exists."""

import ast
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
TEXT = (REPO / "docs" / "reliability.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def names_in(path):
    """The names of the tests in a file."""
    nodes = ast.parse((REPO / path).read_text()).body
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in nodes if isinstance(node, kinds)}


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_test_that_is_named_exists(path, name):
    assert name.startswith("test_")
    assert name in names_in(path)


def test_every_promise_is_held_by_a_test():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if row != "| promise | held by |"]

    assert len(promises) > 20
    assert [row for row in promises if not re.search(r"`tests/[\w/]+\.py::\w+`", row)] == []


def test_every_chaos_test_stands_there():
    there = {(path, name) for path, name in NAMED if path.startswith("tests/chaos/")}
    files = sorted((REPO / "tests" / "chaos").glob("test_*.py"))
    all_of_them = {
        (file.relative_to(REPO).as_posix(), name)
        for file in files
        for name in names_in(file.relative_to(REPO))
        if name.startswith("test_")
    }

    assert there == all_of_them
