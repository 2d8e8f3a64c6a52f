import pytest

from proxy.codecs.embeddings.asked import asked, hold_to, text_of
from proxy.codecs.embeddings.purpose import Purpose
from proxy.core.errors import Kind, ProxyError
from tests.support.embedding import ask, target

KNOWN = {"auto_truncate": "autoTruncate", "title": "title"}
WORDS = {Purpose.QUERY: "QUERY"}


def draft(params=None, **body):
    return asked(ask(**body), target("gemini", params=params or {}), KNOWN)


def test_what_a_protocol_has_a_name_for_passes_and_the_rest_is_named():
    made = draft(
        auto_truncate=True, title=None, user="u", odd=1, gone=None, encoding_format="base64"
    )

    assert made.native == {"autoTruncate": True}
    assert made.dropped == ["user", "odd"]


def test_the_targets_own_parameters_count_for_more_and_always_pass():
    made = draft(
        {"dimensions": 8, "input_type": "query", "title": "t", "own": 1, "user": "u", "model": "x"},
        dimensions=16,
        input_type="document",
        title="theirs",
    )

    assert (made.dimensions, made.input_type) == (8, "query")
    assert made.native == {"title": "t", "own": 1}
    assert made.dropped == []


def test_a_size_is_said_only_where_it_is_asked_for():
    assert draft(dimensions=8).size("d") == {"d": 8}
    assert draft().size("d") == {}


@pytest.mark.parametrize(
    ("said", "words", "word", "dropped"),
    [
        (None, WORDS, None, []),
        ("search_query", WORDS, "QUERY", []),
        ("clustering", WORDS, None, ["input_type"]),
        ("odd", WORDS, "odd", []),
        ("odd", {}, None, ["input_type"]),
    ],
)
def test_a_purpose_that_has_no_word_here_is_dropped_and_named(said, words, word, dropped):
    made = draft(input_type=said)

    assert made.purpose(words) == word
    assert made.dropped == dropped


def test_without_a_table_nothing_of_the_callers_own_passes():
    made = asked(ask(title="t"), target("ollama"))

    assert (made.native, made.dropped) == ({}, ["title"])


def test_no_known_limit_is_no_limit():
    assert hold_to(None, ask(*["a"] * 5000)) is None


def test_an_input_of_tokens_is_no_text():
    assert text_of("a", 0) == "a"
    with pytest.raises(ProxyError) as caught:
        text_of((1,), 3)

    assert (caught.value.kind, caught.value.param) == (Kind.UNSUPPORTED, "input[3]")
