"""The schema is a schema, is the one that is committed, and judges as the loader does."""

from pathlib import Path

import jsonschema
import pytest

from proxy.config.json_schema import schema, text
from proxy.config.positions import parse, plain_value
from proxy.config.problems import Findings
from tests.support.configs import BAD_FORM, BAD_SENSE, GOOD

CONFIG = Path(__file__).parents[2] / "config"
VALIDATOR = jsonschema.Draft202012Validator(schema())


def instance(written):
    findings = Findings()
    tree = parse(written.encode(), "f", findings)
    assert not findings.problems
    return {} if tree is None else plain_value(tree)


def test_it_is_a_schema_of_its_draft():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_committed_schema_is_the_present_one():
    committed = (CONFIG / "firstbyte.schema.json").read_text()

    assert committed == text(), "run: make schema"


@pytest.mark.parametrize("written", GOOD)
def test_it_accepts_what_loads(written):
    VALIDATOR.validate(instance(written))


@pytest.mark.parametrize("written", [row[0] for row in BAD_FORM])
def test_it_refuses_what_is_of_a_wrong_form(written):
    assert not VALIDATOR.is_valid(instance(written))


@pytest.mark.parametrize("written", [row[0] for row in BAD_SENSE])
def test_it_leaves_to_the_loader_what_only_the_whole_can_tell(written):
    VALIDATOR.validate(instance(written))


@pytest.mark.parametrize("file", sorted(CONFIG.glob("*.yaml")), ids=lambda file: file.name)
def test_it_accepts_the_examples(file):
    VALIDATOR.validate(instance(file.read_text()))


def test_every_key_is_described():
    for name, definition in schema()["$defs"].items():
        for key, known in definition.get("properties", {}).items():
            assert known["description"], f"{name}.{key}"
