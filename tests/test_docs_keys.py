"""docs/keys.md is held to the code: fields, routes and commands are those that there are."""

import re
from pathlib import Path

import pytest

from proxy.cli import parser
from proxy.gate.desk.forms import KEY, TEAM
from tests.support.tenants import Office

TEXT = (Path(__file__).parents[1] / "docs" / "keys.md").read_text()


def fields(column):
    """The fields of a column of the table that are said to be there."""
    rows = re.findall(r"^\| (`[^|]+) \|([^|]*)\|([^|]*)\|[^|]*\|$", TEXT, re.MULTILINE)
    return {
        name
        for names, *cells in rows
        if cells[column].strip()
        for name in re.findall(r"`(\w+)`", names)
    }


def test_every_field_of_a_team_and_of_a_key_stands_there():
    assert fields(0) == {*TEAM, "id"}
    assert fields(1) == {*KEY, "team_id", "status"}


def test_every_route_of_the_desk_stands_there():
    told = re.findall(r"`((?:GET|POST|PATCH|DELETE) /admin/[^`?]*)", TEXT)

    assert set(told) == {f"{place.method} {place.path}" for place in Office().desk.places}


@pytest.mark.parametrize("line", re.findall(r"^\$ firstbyte (.+)$", TEXT, re.MULTILINE))
def test_every_command_can_be_typed(line):
    words = line.partition(" >")[0].split()

    assert parser().parse_args(words).verb.name == words[0]
