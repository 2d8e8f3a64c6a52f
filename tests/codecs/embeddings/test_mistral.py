import json

import pytest

from proxy.codecs.embeddings import EMBEDDINGS
from proxy.core.errors import Kind
from tests.support.embedding import JSON_HEAD, KEY, answer, call, rows, target

MISTRAL = target("mistral", "codestral-embed", "https://api.mistral.ai/v1")


def test_a_call_is_exactly_this():
    made = call(
        MISTRAL,
        "a",
        "b",
        dimensions=512,
        user="u",
        input_type="query",
        encoding_format="base64",
        metadata={"k": "v"},
    )

    assert made.url == "https://api.mistral.ai/v1/embeddings"
    assert dict(made.headers) == {**JSON_HEAD, "authorization": f"Bearer {KEY}"}
    assert json.loads(made.body) == {
        "model": "codestral-embed",
        "input": ["a", "b"],
        "output_dimension": 512,
        "encoding_format": "base64",
        "metadata": {"k": "v"},
    }
    assert made.dropped == ("input_type", "user")


@pytest.mark.parametrize("kind", ["int8", "ubinary"])
def test_vectors_that_are_no_floats_do_not_come_as_base64(kind):
    made = call(MISTRAL, "a", output_dtype=kind, encoding_format="base64")

    assert json.loads(made.body) == {
        "model": "codestral-embed",
        "input": "a",
        "output_dtype": kind,
    }


def test_an_answer_is_read_as_openais():
    value = {"data": [{"embedding": [1], "index": 0}], "model": "mistral-embed", "usage": {}}

    assert rows(answer("mistral", value).vectors) == ((1.0,),)


def test_a_failure_is_told_in_mistrals_own_codes():
    error = EMBEDDINGS["mistral"].fault(400, {}, b'{"message": "No.", "type": "invalid_model"}')

    assert error.kind is Kind.NOT_FOUND
