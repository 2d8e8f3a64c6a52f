"""How targets may be written."""

import pytest

from proxy.config.naming import TargetName
from proxy.config.positions import parse
from proxy.config.problems import Findings
from proxy.config.references import References


def read(written):
    findings = Findings()
    references = References({"A": "openai:gpt-4o"}, lambda path: b"")
    (node,) = references.replaced(parse(f"[{written}]".encode(), "f", findings)).items
    value = TargetName().read(node, "p", findings)
    return findings.problems[0].message if findings.problems else value


@pytest.mark.parametrize("written", ["openai/gpt-4o", "ollama/llama3:8b", "or/meta/llama-4"])
def test_the_first_slash_divides(written):
    assert read(written) == written


def test_a_colon_between_provider_and_model_is_told_with_the_slash():
    assert read("'ollama:llama3:8b'") == (
        "expected provider/model, got 'ollama:llama3:8b'; did you mean 'ollama/llama3:8b'?"
    )


@pytest.mark.parametrize("written", ["gpt-4o", "':a'", "'a:'", "3", "{a: b}", "'${A}'"])
def test_what_is_no_name_with_a_slash_either_has_no_such_hint(written):
    assert "expected provider/model" in read(written)
    assert "did you mean" not in read(written)
