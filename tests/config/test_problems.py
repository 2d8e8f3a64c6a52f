"""How errors are gathered, ordered and worded."""

import pytest

from proxy.config.problems import (
    ConfigError,
    Findings,
    Place,
    Problem,
    quoted,
    suggestion,
    under,
)


def test_a_problem_reads_file_line_column_path_message():
    assert str(Problem("a.yaml", 3, 30, "models.fast", "bad")) == "a.yaml:3:30: models.fast: bad"
    assert str(Problem("--profile", 0, 0, "", "bad")) == "--profile: bad"


def test_problems_are_told_in_the_order_of_the_file():
    findings = Findings()
    findings.blame(Place("a", 2, 1), "x", "later")
    findings.blame(Place("a", 1, 9), "y", "first")
    findings.blame(Place("a", 2, 1), "x", "later")
    with pytest.raises(ConfigError) as caught:
        findings.settle()

    assert str(caught.value) == "a:1:9: y: first\na:2:1: x: later"
    assert len(caught.value.problems) == 2


def test_without_a_problem_nothing_is_raised():
    findings = Findings()
    findings.warn("A sentence.")
    findings.warn("A sentence.")
    findings.settle()

    assert findings.warnings == ["A sentence."]


def test_paths_quote_keys_that_would_be_misread():
    assert under("", "models") == "models"
    assert under(under("models", "gpt-5.4"), 0) == "models.'gpt-5.4'[0]"


def test_shown_text_stays_on_one_line_and_short():
    assert quoted("a\nb") == r"'a\nb'"
    assert quoted("x" * 100) == "'" + "x" * 60 + "…'"


def test_what_looks_like_a_key_is_described_and_never_shown():
    assert quoted("sk-proj-SECRET") == "a text of 14 characters that looks like a key"
    assert under("providers", "sk-proj-SECRET") == (
        "providers.<a text of 14 characters that looks like a key>"
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("wieght", "; did you mean 'weight'?"),
        ("TLS", "; did you mean 'tls'?"),
        ("zzz", ""),
        ("w" * 1000, ""),
    ],
)
def test_a_near_name_is_suggested(wrong, said):
    assert suggestion(wrong, ("weight", "tls")) == said


def test_a_known_name_is_suggested_whatever_it_looks_like():
    known = "fb-0123456789abcdef"

    assert suggestion(known[:-1], (known,)) == f"; did you mean '{known}'?"
