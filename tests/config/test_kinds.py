"""Single values: what each kind takes, refuses, and says of it."""

import pytest

from proxy.config.kinds import (
    Choice,
    Count,
    Definitions,
    Duration,
    Flag,
    Listen,
    Size,
    Text,
    Url,
    Weight,
    split_listen,
)
from proxy.config.positions import Scalar, parse
from proxy.config.problems import Findings
from proxy.config.references import References
from proxy.core.secret import Secret

ENVIRON = {"N": "2", "T": "true", "D": "3s", "W": "auto", "SECRET": "sk-canary-0123456789"}


def read(kind, written, *, pending=False):
    """The value, or the one problem."""
    findings = Findings()
    tree = parse(f"[{written}]".encode(), "f", findings)
    references = References(ENVIRON, lambda path: b"", pending=pending)
    value = kind.read(references.replaced(tree).items[0], "p", findings)
    return findings.problems[0].message if findings.problems else value


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Duration(), "250ms", 0.25),
        (Duration(), "3s", 3.0),
        (Duration(), "10m", 600.0),
        (Duration(), "1.5h", 5400.0),
        (Duration(), "7", 7.0),
        (Duration(), "'${D}'", 3.0),
        (Duration(), "'${N}'", 2.0),
        (Duration(positive=False), "0", 0.0),
        (Duration(least=0.01, most=60), "10ms", 0.01),
        (Duration(least=0.01, most=60), "60s", 60.0),
        (Duration(words=("off", "p95")), "off", "off"),
        (Duration(words=("off", "p95")), "p95", "p95"),
        (Duration(words=("off", "p95")), "2s", 2.0),
        (Duration(words=("auto",)), "'${W}'", "auto"),
        (Weight(), "3", 3.0),
        (Weight(), "0.001", 0.001),
        (Weight(), "'${N}'", 2.0),
        (Size(), "64KiB", 65536),
        (Size(), "1.5MiB", 1572864),
        (Size(), "1GiB", 1024**3),
        (Size(), "12", 12),
        (Count(0, 5), "5", 5),
        (Count(0, 5), "5.0", 5),
        (Count(0, 5), "'${N}'", 2),
        (Count(1, 5, word="auto"), "auto", 0),
        (Count(1, 5, word="auto"), "'${W}'", 0),
        (Flag(), "true", True),
        (Flag(), "'${T}'", True),
        (Choice(("a", "b")), "b", "b"),
        (Text(), "words", "words"),
        (Text(), "'${N}'", "2"),
        (Url(), "'https://Host:8/v1/'", "https://Host:8/v1"),
        (Listen(), "'127.0.0.1:80'", ("127.0.0.1", 80)),
        (Listen(), "'[::1]:80'", ("::1", 80)),
        (Listen(word="off"), "off", ("", 0)),
        (Listen(word="off"), "'${N}:80'", ("2", 80)),
    ],
)
def test_values_are_read(kind, written, value):
    assert read(kind, written) == value


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        (Duration(), "3d", "expected a duration like 250ms, 3s"),
        (Duration(), "-1", "got -1"),
        (Duration(), "0", "seconds, above 0 and at most 7 days, got 0"),
        (Duration(), "20000m", "got '20000m'"),
        (Duration(least=0.01, most=60), "9ms", "seconds, at least 10ms and at most 60s, got '9ms'"),
        (Duration(least=0.01, most=60), "61", "got 61"),
        (Duration(), "[1]", "got a list"),
        (Duration(), "{a: 1}", "got a map"),
        (Duration(), "~", "got nothing"),
        (Duration(), "true", "got true"),
        (Duration(), "'3'", "got '3'"),
        (Size(), "12kb", "expected a size like 64KiB"),
        (Size(), "99999999GiB", "got '99999999GiB'"),
        (Count(0, 5), "6", "expected a whole number from 0 to 5, got 6"),
        (Count(0, 5), "'2'", "got '2'"),
        (Flag(), "'true'", "expected true or false, got 'true'"),
        (Choice(("json", "text")), "jsom", "expected `json` or `text`, got 'jsom'; did you mean"),
        (Choice(("json",)), "3", "expected `json`, got 3"),
        (Text("a word", "[a-z]+"), "A", "expected a word, got 'A'"),
        (Text("a word", "[a-z]+"), "'${SECRET}'", "got what '${SECRET}' holds"),
        (Text("a word", "[a-z]+", secret=True), "SK", "expected a word, got another value"),
        (Text(), "'${NONE}'", "the variable NONE is not set; set it or write a default"),
        (Text(), "'${x y}'", "expected ${NAME}"),
        (Url(), "'http://u:p@h'", "credentials, query or fragment, got one with credentials"),
        (Url(), "'${SECRET}'", "got what '${SECRET}' holds, one that does not begin with http"),
        (Url(), "3", "got another value"),
        (Url(), "[a]", "got a list"),
        (Listen(), "'h:70000'", "expected host:port"),
        (Listen(), "8080", "expected host:port"),
        (Listen(), "off", "expected host:port"),
        (Listen(word="off"), "no", "expected `off` or host:port"),
    ],
)
def test_wrong_values_are_told_with_what_was_expected(kind, written, said):
    message = read(kind, written)

    assert said in message
    assert "canary" not in message


def test_a_secret_text_becomes_a_secret():
    assert read(Text("a key", secret=True), "'${SECRET}'") == Secret(ENVIRON["SECRET"])


def test_pending_values_are_neither_read_nor_refused():
    assert read(Count(0, 5), "'${NONE}'", pending=True) is None


def test_only_a_bracketed_address_may_hold_colons():
    assert split_listen("::1:80") is None
    assert split_listen("[::1]:80") == ("::1", 80)
    assert split_listen("[1:2]:80") is None


def test_schemas_take_references_wherever_a_value_is_not_plain_text():
    definitions = Definitions()

    assert Text().schema(definitions) == {"type": "string"}
    assert Flag().schema(definitions) == {
        "anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/reference"}]
    }
    assert "reference" in definitions.table


def test_a_long_number_is_shown_in_part():
    assert len(read(Count(0, 5), "1" * 18)) < 80
    assert isinstance(parse(b"1", "f", Findings()), Scalar)


@pytest.mark.parametrize("kind", [Text(secret=True), Text(), Url(), Duration()])
def test_a_variable_in_others_words_is_no_value(kind):
    assert read(kind, "os.environ/SECRET") == "a variable is referred to as ${SECRET} here"


def test_a_choice_may_say_what_becomes_of_other_words():
    kind = Choice(("context_length", "unsupported"), "; others go by themselves")

    assert read(kind, "rate_limit").endswith("got 'rate_limit'; others go by themselves")
    assert read(kind, "unsuported").endswith("got 'unsuported'; did you mean 'unsupported'?")
