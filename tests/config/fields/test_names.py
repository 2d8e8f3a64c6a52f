"""What may be a name, and what may not."""

import re

import pytest

from proxy.config.fields.names import NAME, PROVIDER, TARGET
from proxy.config.positions import parse
from proxy.config.problems import Findings
from proxy.config.references import References


def read(written):
    findings = Findings()
    references = References({"A": "openai:gpt-4o"}, lambda path: b"")
    (node,) = references.replaced(parse(f"[{written}]".encode(), "f", findings)).items
    value = TARGET.read(node, "p", findings)
    return findings.problems[0].message if findings.problems else value


@pytest.mark.parametrize("name", ["chat", "a model: with/all sörts", "x" * 256])
def test_a_name_is_anything_on_one_line(name):
    assert re.fullmatch(NAME, name)


@pytest.mark.parametrize("name", ["", "two\nlines", "a\tb", "x" * 257])
def test_a_name_is_neither_empty_nor_long_nor_on_two_lines(name):
    assert not re.fullmatch(NAME, name)


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "x" * 65])
def test_a_provider_is_a_word_without_a_slash(name):
    assert re.fullmatch(PROVIDER, "eu.west_1-a")
    assert not re.fullmatch(PROVIDER, name)


@pytest.mark.parametrize("target", ["a", "/m", "a/", "-a/m", "a/b\nc"])
def test_the_first_slash_of_a_target_divides(target):
    assert re.fullmatch(TARGET.pattern, "groq/a/b/c")
    assert not re.fullmatch(TARGET.pattern, target)


@pytest.mark.parametrize("written", ["openai/gpt-4o", "ollama/llama3:8b", "or/meta/llama-4"])
def test_a_target_is_kept_as_it_was_written(written):
    assert read(written) == written


def test_a_colon_between_provider_and_model_is_told_with_the_slash():
    assert read("'ollama:llama3:8b'") == (
        "expected provider/model, got 'ollama:llama3:8b'; did you mean 'ollama/llama3:8b'?"
    )


@pytest.mark.parametrize("written", ["gpt-4o", "':a'", "'a:'", "3", "{a: b}", "'${A}'"])
def test_what_is_no_name_with_a_slash_either_has_no_such_hint(written):
    assert "expected provider/model" in read(written)
    assert "did you mean" not in read(written)
