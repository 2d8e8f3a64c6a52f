"""docs/clients.md is held to the code: every tool that lines are printed for, and only tests that there are."""

import re
from pathlib import Path

import pytest

from proxy.config.snippets import snippets
from proxy.surfaces.options import MAX_MODELS, OPTIONS
from proxy.web.announced import DEADLINES
from proxy.web.routes import lines
from tests.support.clients_page import BEGIN, CASES
from tests.support.drivers import VOICES
from tests.support.webapp import table

REPO = Path(__file__).parents[1]
TEXT = (REPO / "docs" / "clients.md").read_text()


def rows():
    """Tool, what was run, by which test, result."""
    section = TEXT.split("## What was run")[1].split("\n##")[0]
    found = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in found]


def test_every_tool_that_lines_are_printed_for_stands_there():
    assert {row[0] for row in rows()} == set(snippets())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_is_said_to_pass_has_a_test_and_what_has_none_says_so(row):
    _, ran, test, result = row

    assert result == ("passes" if test else "not run")
    assert bool(ran) is bool(test)
    assert not test or (REPO / test).is_file()


def test_what_a_request_may_say_stands_there_and_nothing_else():
    section = TEXT.split("## What a request may say to Firstbyte")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]

    assert set(named) == {*OPTIONS, *(name.decode() for name in DEADLINES)}
    assert f"at most {MAX_MODELS}." in section


def test_every_path_that_is_promised_is_served():
    served = {line.split(" ")[1] for line in lines(table())}
    section = TEXT.split("## Addresses")[1].split("\n## ")[0]
    promised = set(re.findall(r"/v1/[a-z_/]+", section))

    assert promised
    assert promised <= served


def told():
    """The cells of the table that `make clients` writes, its head first."""
    lines = TEXT.split(f"{BEGIN}\n")[1].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_client_of_the_run_is_told_of_in_the_version_of_its_lock():
    head, _, *lines = told()

    assert head[3:] == list(CASES.values())
    assert [line[:3] for line in lines] == [
        [f"`{voice.tool}`", f"`{voice.package}` {voice.version}", f"`{voice.api}`"]
        for voice in VOICES
    ]


def test_what_is_told_of_the_run_has_its_test_and_passed():
    tests = (REPO / "tests" / "clients" / "test_clients.py").read_text()
    cells = [cell for line in told()[2:] for cell in line[3:]]

    assert all(f"def {name}(" in tests for name in CASES)
    assert set(cells) <= {"yes", "not shown"}


def test_every_header_of_ours_stands_in_the_table():
    section = TEXT.split("## What every answer says")[1]
    files = (REPO / "proxy" / "web").rglob("*.py")
    sent = {name for file in files for name in re.findall(r"x-firstbyte-[a-z-]+", file.read_text())}

    assert set(re.findall(r"`(x-firstbyte-[a-z-]+)`", section)) == sent
