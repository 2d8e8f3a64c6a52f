"""docs/errors.md is held to the code: every kind stands there once, with what a caller really gets."""

import re
from pathlib import Path

import pytest

from proxy.core.errors import MEANINGS, Kind, ProxyError
from proxy.route.verdict import Move, Policy, judge

TEXT = (Path(__file__).parents[1] / "docs" / "errors.md").read_text()
BY_US = {Move.STOP: "no", Move.NEXT: "next target", Move.AGAIN: "same, then next"}


def rows():
    """The rows of the kinds, cell by cell."""
    lines = [line for line in TEXT.splitlines() if re.match(r"\| `\w+` \| \d{3} \|", line)]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def test_every_kind_stands_there_once():
    assert sorted(row[0] for row in rows()) == sorted(Kind)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_says_what_the_code_does(row):
    kind, status, code_type, code, by_us, by_sdks, meaning, remedy = row
    row_of = MEANINGS[Kind(kind)]
    verdict = judge(ProxyError(Kind(kind), "", status=400), 1, Policy(retries=1), 0.0)

    assert (int(status), code_type) == (row_of.status, row_of.type)
    assert code == (row_of.code or "none")
    assert by_us == BY_US[verdict.move]
    assert by_sdks == ("yes" if row_of.should_retry else "no")
    assert meaning.endswith(".")
    assert remedy.endswith(".")


def told(name):
    """The lines of a table of refusals, each as status and code."""
    part = TEXT.partition(f"## {name}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", part, re.MULTILINE))


def test_every_refusal_that_no_surface_makes_stands_there_with_its_status():
    web = Path(__file__).parents[1] / "proxy" / "web"
    refusals = {
        found
        for file in web.glob("*.py")
        for found in re.findall(r'Refusal\(\s*(\d{3}),\s*"(\w+)"', file.read_text())
    }
    stands = told("Turned away at the door") | told("What is asked for by its id")

    assert ("405", "method_not_allowed") in refusals
    assert refusals - stands == {("500", "internal_error")}


def test_every_code_that_the_gate_gives_stands_there_with_its_kinds_status():
    gate = Path(__file__).parents[1] / "proxy" / "gate"
    sources = [*gate.glob("*.py"), *(gate / "jobs").glob("*.py")]
    given = {
        (str(MEANINGS[Kind[kind]].status), code)
        for file in sources
        for kind, code in re.findall(
            r'ProxyError\(\s*Kind\.(\w+),(?:(?!ProxyError)[^#])*?code="(\w+)"', file.read_text()
        )
    }
    stands = told("Turned away at the door") | told("What is asked for by its id")

    assert ("400", "conflicting_credentials") in given
    assert given - stands == set()


def test_every_code_of_a_wrong_request_stands_there():
    surfaces = Path(__file__).parents[1] / "proxy" / "surfaces"
    sources = [*surfaces.glob("*.py"), *(surfaces / "chat").glob("*.py")]
    used = {
        code
        for file in sources
        for code in re.findall(
            r'"((?:missing|invalid|integer|empty|unknown)_\w+)"', file.read_text()
        )
    }

    assert used
    assert {code for code in used if f"| `{code}` |" not in TEXT} == set()
