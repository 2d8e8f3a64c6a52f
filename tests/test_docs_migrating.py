"""docs/migrating.md is held to the code: its configuration, options, commands, providers and routes are those there are."""

import json
import re
from pathlib import Path

import pytest

from proxy.cli import parser
from proxy.config.catalog import catalog
from proxy.surfaces.options import call_options
from tests.support.configs import loaded
from tests.support.tenants import Office

TEXT = (Path(__file__).parents[1] / "docs" / "migrating.md").read_text()
KEYS = {"OPENAI_API_KEY": "sk-1234567890", "ANTHROPIC_API_KEY": "sk-1234567890"}


def test_the_configuration_to_begin_with_is_taken_without_a_word():
    (text,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)

    assert (
        loaded(text, environ={**KEYS, "FIRSTBYTE_ADMIN_KEY": "sk-admin-1234567890"}).warnings == ()
    )


@pytest.mark.parametrize("said", re.findall(r'`firstbyte: (\{"(?:report|recover)[^`]+)`', TEXT))
def test_every_option_of_a_request_is_one(said):
    assert call_options(json.loads(said))


@pytest.mark.parametrize("line", re.findall(r"`firstbyte (\w[^`]+)`", TEXT))
def test_every_command_can_be_typed(line):
    words = line.split()

    assert parser().parse_args(words).verb.name == words[0]


def test_every_provider_is_one_of_the_catalogue():
    (row,) = re.findall(r"^\| `google/`.*", TEXT, re.MULTILINE)
    named = re.findall(r"`(\w+)/`", row.split("|")[2])

    assert len(named) == 5
    assert set(named) <= set(catalog().by_name)


def test_every_route_of_operators_is_there():
    told = {
        route.replace("acme", "{id}")
        for route in re.findall(r"`((?:GET|POST) /admin/[^`?]*)", TEXT)
    }

    assert told <= {f"{place.method} {place.path}" for place in Office().desk.places}
