"""References: what they become, and that what they hold is never shown."""

import pytest

from proxy.config.positions import Items, Scalar, parse, plain_value
from proxy.config.problems import Findings
from proxy.config.references import MAX_SECRET, References, written_otherwise
from tests.support.configs import CANARY, reader

ENVIRON = {"A": "1", "WORD": "word", "EMPTY": "", "BAD": "\udcff"}
FILES = {"/s": f"{CANARY}\r\n", "etc/near": "n", "/big": "x" * (MAX_SECRET + 1), "/bin": b"\xff"}


def replaced(text, **options):
    tree = parse(text.encode(), "f", Findings())
    references = References(ENVIRON, reader(FILES), "etc", **options)
    return references.replaced(tree)


def one(text, **options):
    node = replaced(f'["{text}"]', **options)
    assert isinstance(node, Items)
    scalar = node.items[0]
    assert isinstance(scalar, Scalar)
    return scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${WORD}", "word"),
        ("a${WORD}b${A}", "awordb1"),
        ("${NONE:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${WORD:-other}", "word"),
        ("${NONE:-}", ""),
        ("${file:/s}", CANARY),
        ("${file: near }", "n"),
        ("$${WORD}", "${WORD}"),
        ("$WORD", "$WORD"),
    ],
)
def test_a_reference_becomes_what_it_names(text, value):
    scalar = one(text)

    assert scalar.text == value
    assert not scalar.fault
    assert not scalar.unset


def test_a_plain_value_is_read_again_and_a_quoted_one_stays_text():
    assert plain_value(replaced("a: ${A}\nb: '${A}'\nc:\n  d: x${A}\n")) == {
        "a": 1,
        "b": "1",
        "c": {"d": "x1"},
    }
    assert plain_value(replaced("a: ${NONE:-}\nb: $${A}\n")) == {"a": "", "b": "${A}"}


def test_what_a_variable_holds_cannot_add_structure():
    references = References({"A": "{x: 1}\n- y"}, reader({}))
    node = references.replaced(parse(b"a: ${A}", "f", Findings()))

    assert plain_value(node) == {"a": "{x: 1}\n- y"}


def test_unset_and_blank_variables_are_told_apart():
    assert one("${NONE}${GONE}").unset == ("NONE", "GONE")
    assert one("${EMPTY}").blank == ("EMPTY",)
    assert one("${EMPTY:-}").blank == ()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("${WORD", "a reference is not closed"),
        ("${}", "expected ${NAME}"),
        ("${a b}", "expected ${NAME}"),
        ("${WORD:default}", "expected ${NAME}"),
        ("${BAD}", "what the variable BAD holds is not UTF-8"),
        ("${file:/gone}", "the file '/gone' cannot be read: No such file"),
        ("${file:/big}", f"holds more than {MAX_SECRET} bytes"),
        ("${file:/bin}", "what the file '/bin' holds is not UTF-8"),
    ],
)
def test_a_reference_that_cannot_be_replaced_says_why(text, fault):
    assert fault in one(text).fault


def test_a_path_that_is_none_is_a_fault():
    def read(path):
        raise ValueError("embedded null byte")

    node = References({}, read).replaced(parse(b'["${file:/a}"]', "f", Findings()))

    assert isinstance(node, Items)
    assert "cannot be read: not a path" in node.items[0].fault


def test_pending_references_stay_unread():
    scalar = one("${NONE}", pending=True)

    assert scalar.pending
    assert not scalar.unset
    assert not one("$${NONE}", pending=True).pending


def test_a_replaced_value_remembers_its_names_only():
    scalar = one("${file:/s}${WORD}")

    assert scalar.references == ("${file:/s}", "${WORD}")


def test_a_key_within_the_braces_is_not_said_to_be_unset():
    scalar = one("${gsk_0a1b2c3d4e5f6g7h8i9j}")

    assert scalar.fault == (
        "expected a variable's name in ${…}, got a text of 24 characters that looks like a key"
    )
    assert scalar.unset == ()
    assert one("${gsk_0a1b2c3d4e5f6g7h8i9j:-other}").text == "other"


@pytest.mark.parametrize(
    "name", ["fb_token", "sk_store_url", "hf_hub_read_write_token", "sk_live_key"]
)
def test_a_variables_name_may_begin_like_a_key(name):
    scalar = one(f"${{{name}}}")

    assert scalar.fault == ""
    assert scalar.unset == (name,)


@pytest.mark.parametrize("text", ["os.environ/WORD", "env.WORD", "env:WORD", "env/WORD", "$WORD"])
def test_a_variable_in_others_words_is_told_with_ours(text):
    assert written_otherwise(one(text)) == "a variable is referred to as ${WORD} here"


@pytest.mark.parametrize(
    "text",
    ["WORD", "$word", "os.environ/", "x$WORD", "env.WORD/v1", "${WORD}", "$Q7R2X9K4M1Z8T5W3B6N0"],
)
def test_what_only_looks_a_little_like_one_is_text(text):
    assert written_otherwise(one(text)) == ""


def test_what_a_variable_holds_may_look_like_anything():
    references = References({"A": "$WORD"}, reader({}))
    (node,) = references.replaced(parse(b"['${A}']", "f", Findings())).items

    assert written_otherwise(node) == ""
