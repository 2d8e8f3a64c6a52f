import json

import pytest

from proxy.core.errors import Kind
from tests.support.embedding import JSON_HEAD, KEY, answer, call, complaint, native, rows, target

COHERE = target("cohere", "embed-v4.0", "https://api.cohere.com")


def test_a_call_is_exactly_this():
    made = call(
        COHERE,
        "a",
        "b",
        dimensions=512,
        input_type="query",
        user="u",
        max_tokens=9,
        encoding_format="float",
    )

    assert made.url == "https://api.cohere.com/v2/embed"
    assert dict(made.headers) == {**JSON_HEAD, "authorization": f"Bearer {KEY}"}
    assert json.loads(made.body) == {
        "model": "embed-v4.0",
        "texts": ["a", "b"],
        "input_type": "search_query",
        "truncate": "NONE",
        "output_dimension": 512,
        "embedding_types": ["float"],
        "max_tokens": 9,
    }
    assert made.dropped == ("user",)


@pytest.mark.parametrize("base", ["https://c.test", "https://c.test/v1", "https://c.test/v2"])
def test_the_address_is_the_hosts_whatever_path_was_pasted(base):
    assert call(target("cohere", base=base)).url == "https://c.test/v2/embed"


@pytest.mark.parametrize(
    ("said", "word", "dropped"),
    [
        (None, "search_document", ()),
        ("clustering", "clustering", ()),
        ("similarity", "search_document", ("input_type",)),
    ],
)
def test_the_purpose_is_always_said(said, word, dropped):
    made = call(COHERE, "a", input_type=said)

    assert json.loads(made.body)["input_type"] == word
    assert made.dropped == dropped


def test_a_targets_parameters_count_for_more():
    who = target("cohere", params={"embedding_types": ["int8"], "truncate": "END"})
    body = native(who, "a", truncate="START")

    assert (body["embedding_types"], body["truncate"]) == (["int8"], "END")


@pytest.mark.parametrize(
    ("embeddings", "vectors"),
    [
        ({"float": [[1, 2]], "int8": [[9, 9]]}, ((1.0, 2.0),)),
        ({"int8": [[-21, 18]], "float": None}, ((-21.0, 18.0),)),
        ({"base64": ["AACAPw=="]}, ((1.0,),)),
        ([[1], [2]], ((1.0,), (2.0,))),
    ],
)
def test_vectors_of_any_type_are_read_the_most_exact_first(embeddings, vectors):
    assert rows(answer("cohere", {"id": "1", "embeddings": embeddings}).vectors) == vectors


@pytest.mark.parametrize(
    ("meta", "count"),
    [
        ({"billed_units": {"input_tokens": 3}}, 3),
        ({"billed_units": {"input_tokens": 3}, "tokens": {"input_tokens": 4}}, 4),
        ({}, None),
    ],
)
def test_tokens_are_counted_as_they_are_and_else_as_billed(meta, count):
    assert answer("cohere", {"embeddings": [[1]], "meta": meta}).prompt_tokens == count


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"embeddings": {"float": []}}, Kind.EMPTY),
        ({"embeddings": {"odd": [[1]]}}, Kind.EMPTY),
        ({"message": "invalid api token", "error_type": "x"}, Kind.SERVER_ERROR),
    ],
)
def test_an_answer_without_vectors_is_none(value, kind):
    assert complaint("cohere", value).kind is kind
