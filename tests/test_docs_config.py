"""docs/config.md and the examples tell every key, as the definition has it."""

from pathlib import Path

import pytest

from proxy.config.load import load
from proxy.config.positions import parse, plain_value
from proxy.config.problems import Findings
from tests.support.config_page import BEGIN, END, PAGE, refreshed, render, rows
from tests.support.configs import problems

REPO = Path(__file__).parents[1]
EXAMPLES = sorted((REPO / "config").glob("*.yaml"))
SET = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GROQ_API_KEY", "FIRSTBYTE_KEY", "GEMINI_API_KEY"]
SET += ["AWS_BEARER_TOKEN_BEDROCK", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_TOKEN"]
SET += ["AZURE_OPENAI_API_KEY", "COHERE_API_KEY", "MISTRAL_API_KEY", "CLOUDFLARE_API_TOKEN"]
ENVIRON = {name: f"sk-made-up-{name.lower()}" for name in SET}


def test_the_page_holds_the_present_table():
    page = PAGE.read_text()

    assert refreshed(page) == page, "run: python -m tests.support.config_page"


def test_every_key_has_its_row_with_default_and_description():
    table = render()
    for row in rows():
        line = next(line for line in table.splitlines() if line.startswith(f"| `{row.path}` |"))

        assert row.doc in line.replace("\\|", "|")
        assert not row.default or f"| `{row.default}` |" in line


def test_the_paths_lead_into_maps_lists_and_short_forms():
    paths = {row.path for row in rows()}

    assert {"server.tls.cert", "auth.keys[].key", "models.NAME.cascade[].target"} <= paths
    assert {"providers.NAME.base_url", "profiles", "default_model"} <= paths
    assert not any(path.startswith("profiles.") for path in paths)


def test_a_target_of_a_pool_has_rows_only_for_what_is_its_own():
    paths = [row.path for row in rows() if row.path.startswith("models.NAME.cascade[].pool")]

    assert paths == ["models.NAME.cascade[].pool", "models.NAME.cascade[].pool[].weight"]
    assert "models.NAME.cascade[].balance" in {row.path for row in rows()}


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="expected the lines"):
        refreshed("no marks")
    assert refreshed(f"a\n{BEGIN}\nold\n{END}\nb\n") == f"a\n{BEGIN}\n{render()}{END}\nb\n"


def test_the_errors_on_the_page_are_those_that_are_said():
    text = (
        "\nmodels:\n  fast: [{target: mock/aa, parms: {}}]\n\n\n\n"
        "  fast: [mock/echo]\ndefaults:\n        retries: two\n"
    )
    page = PAGE.read_text()

    for line in problems(text):
        assert line.split(": ", 1)[1] in page


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_examples_load(file):
    config = load(str(file), environ=ENVIRON)

    assert config.models
    assert config.warnings == ()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_the_examples_name_their_schema_first(file):
    first = file.read_text().splitlines()[0]

    assert first == "# yaml-language-server: $schema=./firstbyte.schema.json"


def test_the_examples_are_there_and_would_not_be_taken_for_a_configuration():
    assert [file.name for file in EXAMPLES] == [
        "example.cascade.yaml",
        "example.full.yaml",
        "example.local.yaml",
        "example.minimal.yaml",
        "example.pool.yaml",
        "example.providers.yaml",
    ]


def keys_of(tree):
    """Paths of the keys that a tree writes, with NAME and [] for names and entries."""
    from_rows = {row.path for row in rows()}
    found = set()

    def walk(value, path):
        if path in from_rows:
            found.add(path)
        if isinstance(value, list):
            for item in value:
                walk(item, f"{path}[]")
        if isinstance(value, dict):
            for key, inner in value.items():
                step = "NAME" if path in {"providers", "models", "prices"} else key
                walk(inner, f"{path}.{step}" if path else step)

    walk(tree, "")
    return found


def test_the_full_example_shows_every_key():
    tree = parse((REPO / "config" / "example.full.yaml").read_bytes(), "f", Findings())

    assert {row.path for row in rows()} - keys_of(plain_value(tree)) == set()


@pytest.mark.parametrize(
    "line", [line for line in PAGE.read_text().splitlines() if line.startswith("## ")]
)
def test_the_page_has_no_empty_section(line):
    after = PAGE.read_text().split(f"{line}\n", 1)[1].strip()

    assert after
    assert not after.startswith("#")
