import json

import pytest

from proxy.core.credential import GoogleAuth
from proxy.core.errors import Kind
from proxy.core.secret import Secret
from tests.support.embedding import (
    JSON_HEAD,
    answer,
    call,
    complaint,
    native,
    refusal,
    rows,
    target,
)

AUTH = GoogleAuth(access_token=Secret("ya29.token"))
OPTIONS = {"project": "p", "location": "europe-west4"}
HOST = "https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/p/locations/europe-west4"


def vertex(model, **given):
    return target("vertex", model, "", auth=AUTH, options=OPTIONS, key="", **given)


def test_a_call_of_predict_is_exactly_this():
    made = call(
        vertex("text-embedding-005"),
        "a",
        "b",
        dimensions=256,
        input_type="document",
        title="t",
        user="u",
    )
    each = {"task_type": "RETRIEVAL_DOCUMENT", "title": "t"}

    assert made.url == f"{HOST}/publishers/google/models/text-embedding-005:predict"
    assert dict(made.headers) == JSON_HEAD
    assert made.auth is AUTH
    assert json.loads(made.body) == {
        "instances": [{"content": "a", **each}, {"content": "b", **each}],
        "parameters": {"autoTruncate": False, "outputDimensionality": 256},
    }
    assert made.dropped == ("user",)


def test_a_call_of_embed_content_is_exactly_this():
    made = call(vertex("gemini-embedding-001"), "a", dimensions=256, input_type="query")

    assert made.url == f"{HOST}/publishers/google/models/gemini-embedding-001:embedContent"
    assert json.loads(made.body) == {
        "content": {"parts": [{"text": "a"}]},
        "embedContentConfig": {
            "autoTruncate": False,
            "taskType": "RETRIEVAL_QUERY",
            "outputDimensionality": 256,
        },
    }


def test_many_contents_are_a_batch():
    made = call(vertex("gemini-embedding-2"), "a", "b", input_type="query", auto_truncate=True)
    config = {"embedContentConfig": {"autoTruncate": True}}

    assert made.url == f"{HOST}/publishers/google/models/gemini-embedding-2:batchEmbedContents"
    assert json.loads(made.body) == {
        "requests": [
            {"content": {"parts": [{"text": "a"}]}, **config},
            {"content": {"parts": [{"text": "b"}]}, **config},
        ]
    }
    assert made.dropped == ("input_type",)


@pytest.mark.parametrize(
    ("model", "method"),
    [
        ("multilingual-e5-large-instruct-maas", "embedContent"),
        ("endpoints/123", "predict"),
        ("text-multilingual-embedding-002", "predict"),
    ],
)
def test_the_name_tells_the_method(model, method):
    assert call(vertex(model)).url.endswith(f"/{model}:{method}")


def test_a_plain_predict_says_only_what_it_must():
    assert native(vertex("text-embedding-005"), "a") == {
        "instances": [{"content": "a"}],
        "parameters": {"autoTruncate": False},
    }


def test_a_token_or_a_key_is_a_header():
    key = target("vertex", "text-embedding-005", "", key="AIza0123456789")
    token = target("vertex", "text-embedding-005", "", key="ya29.mine", options=OPTIONS)

    assert dict(call(key).headers)["x-goog-api-key"] == "AIza0123456789"
    assert dict(call(token).headers)["authorization"] == "Bearer ya29.mine"


def test_without_a_project_there_is_no_address():
    assert refusal(target("vertex", "m", "", key="ya29.mine")).kind is Kind.MISCONFIGURED


def prediction(values, tokens):
    return {"embeddings": {"values": values, "statistics": {"token_count": tokens}}}


@pytest.mark.parametrize(("second", "total"), [(4, 7), (None, None)])
def test_an_answer_of_predict_is_read(second, total):
    read = answer("vertex", {"predictions": [prediction([1, 2], 3), prediction([0.5, 0], second)]})

    assert rows(read.vectors) == ((1.0, 2.0), (0.5, 0.0))
    assert (read.model, read.prompt_tokens) == ("m", total)


def test_an_answer_of_embed_content_is_read():
    value = {"embedding": {"values": [1]}, "usageMetadata": {"promptTokenCount": 2}}
    read = answer("vertex", value)

    assert (rows(read.vectors), read.prompt_tokens) == (((1.0,),), 2)


@pytest.mark.parametrize(
    ("value", "kind"),
    [({"predictions": []}, Kind.EMPTY), ({"predictions": [{}]}, Kind.MALFORMED)],
)
def test_predictions_without_vectors_are_no_answer(value, kind):
    assert complaint("vertex", value).kind is kind
