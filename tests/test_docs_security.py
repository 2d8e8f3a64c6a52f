"""docs/security.md is held to the tests that it names, and its table of packages to the lock."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
TEXT = (REPO / "docs/security.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


@cache
def names_in(path):
    tree = ast.parse((REPO / path).read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_promise_names_a_test_that_there_is(path, name):
    assert name in names_in(path)


def test_every_promise_is_held_by_something():
    promised = TEXT.split("## What is promised")[1].split("## What is not promised")[0]
    rows = [line for line in promised.splitlines() if line.startswith("| ")]
    empty = [row for row in rows if "held by" not in row and "`tests/" not in row]

    assert len(rows) > 20
    assert empty == []


def test_every_package_that_is_shipped_is_on_the_page():
    section = TEXT.split("## What we depend on")[1]
    lock = (REPO / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))

    assert set(re.findall(r"`([a-z0-9-]+)`", section)) >= pinned


def test_the_table_of_packages_is_that_of_the_decision():
    decided = (
        (REPO / "docs/decisions/0007-dependencies.md").read_text().split("For development:")[0]
    )
    rows = [line for line in decided.splitlines() if line.startswith("| `")]

    assert rows
    assert [row for row in rows if row not in TEXT] == []
