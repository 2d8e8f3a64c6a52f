"""`api_key`: one, several, the caller's own, or one that is not there."""

import pytest

from proxy.config.credentials import Credential, Keys, is_sendable
from proxy.config.kinds import Definitions
from proxy.config.positions import parse
from proxy.config.problems import Findings
from proxy.config.references import References
from proxy.core.secret import Secret

ENVIRON = {"KEY": "sk-canary-123456", "EMPTY": "", "BAD": "sk canary"}


def read(written, *, pending=False):
    findings = Findings()
    tree = parse(f"[{written}]".encode(), "f", findings)
    references = References(ENVIRON, lambda path: b"", pending=pending)
    credential = Keys().read(references.replaced(tree).items[0], "k", findings)
    return credential, [str(problem) for problem in findings.problems]


@pytest.mark.parametrize(
    ("written", "credential"),
    [
        ("abc", Credential((Secret("abc"),))),
        ("''", Credential()),
        ("passthrough", Credential(passthrough=True)),
        ("'${KEY}'", Credential((Secret("sk-canary-123456"),), variable="KEY")),
        ("[a, b]", Credential((Secret("a"), Secret("b")))),
        ("'${NONE}'", Credential(variable="NONE", missing=("NONE",))),
        ("'${EMPTY}'", Credential(variable="EMPTY", missing=("EMPTY",))),
        ("'${EMPTY:-}'", Credential(variable="EMPTY", blank=True)),
        ("[a, '${NONE}']", Credential((Secret("a"),), variable="NONE", missing=("NONE",))),
    ],
)
def test_what_a_credential_may_be(written, credential):
    assert read(written) == (credential, [])


@pytest.mark.parametrize(
    "written", ["3", "~", "'a b'", "{a: b}", "[[a]]", "'${BAD}'", "'${x y}'", '"a\\nb"', "é"]
)
def test_what_is_no_key_is_refused_without_being_shown(written):
    credential, problems = read(written)

    assert credential is None
    assert len(problems) == 1
    assert "expected" in problems[0]
    assert "canary" not in problems[0]


def test_a_variable_in_others_words_is_no_key():
    assert read("os.environ/KEY") == (
        None,
        ["f:1:2: k: a variable is referred to as ${KEY} here"],
    )


def test_a_pending_key_is_let_be():
    assert read("'${NONE}'", pending=True)[1] == []


def test_keys_must_fit_in_a_header():
    assert is_sendable("sk-ant_1.~")
    assert not is_sendable("a\r\nb")


def test_the_schema_takes_one_or_several():
    kinds = [form.get("type") for form in Keys().schema(Definitions())["anyOf"]]

    assert kinds == ["string", None, "array"]


def test_a_key_that_was_left_open_is_told_what_leaving_it_out_would_do():
    _, problems = read("~")

    assert problems[0].endswith(
        "got nothing; without `api_key` it is what the vendor's variable holds"
    )
