import json

import pytest

from proxy.core.errors import Kind
from tests.support.embedding import JSON_HEAD, KEY, answer, call, complaint, native, rows, target

BASE = "https://generativelanguage.googleapis.com/v1beta"
GEMINI = target("gemini", "gemini-embedding-001", BASE)


def test_a_call_is_exactly_this():
    made = call(
        GEMINI,
        "a",
        "b",
        dimensions=768,
        input_type="search_query",
        user="u",
        encoding_format="base64",
    )
    each = {"taskType": "RETRIEVAL_QUERY", "outputDimensionality": 768}

    assert made.url == f"{BASE}/models/gemini-embedding-001:batchEmbedContents"
    assert dict(made.headers) == {**JSON_HEAD, "x-goog-api-key": KEY}
    assert json.loads(made.body) == {
        "requests": [
            {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "a"}]}, **each},
            {"model": "models/gemini-embedding-001", "content": {"parts": [{"text": "b"}]}, **each},
        ]
    }
    assert made.dropped == ("user",)


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/gemini-embedding-2", "models/gemini-embedding-2"),
        ("tunedModels/mine;x", "tunedModels/mine%3Bx"),
    ],
)
def test_a_model_may_stand_with_its_path(model, path):
    assert call(target("gemini", model, BASE)).url == f"{BASE}/{path}:batchEmbedContents"


@pytest.mark.parametrize("said", [{"task_type": "CLUSTERING"}, {"taskType": "CLUSTERING"}])
def test_googles_own_fields_count_for_more(said):
    body = native(GEMINI, "a", input_type="query", title="t", **said)

    assert body["requests"][0]["taskType"] == "CLUSTERING"
    assert body["requests"][0]["title"] == "t"


def test_the_second_generation_has_no_field_for_a_purpose():
    made = call(target("gemini", "gemini-embedding-2", BASE), "a", input_type="query")

    assert "taskType" not in json.loads(made.body)["requests"][0]
    assert made.dropped == ("input_type",)


def test_no_key_is_no_header():
    assert dict(call(target("gemini", key="")).headers) == JSON_HEAD


def test_an_answer_to_many_and_to_one_is_read():
    many = answer(
        "gemini",
        {
            "embeddings": [{"values": [1, 2]}, {"values": [0.5, 0]}],
            "usageMetadata": {"promptTokenCount": 6},
        },
        model="gemini-embedding-001",
    )
    one = answer("gemini", {"embedding": {"values": [1]}})

    assert rows(many.vectors) == ((1.0, 2.0), (0.5, 0.0))
    assert (many.model, many.prompt_tokens) == ("gemini-embedding-001", 6)
    assert (rows(one.vectors), one.prompt_tokens) == (((1.0,),), None)


def test_an_error_inside_a_200_is_one():
    value = {"error": {"code": 429, "message": "Wait.", "status": "RESOURCE_EXHAUSTED"}}

    assert complaint("gemini", value).kind is Kind.RATE_LIMIT


@pytest.mark.parametrize("value", [{"embeddings": [3]}, {"embedding": {"values": []}}])
def test_what_is_no_vector_is_malformed(value):
    assert complaint("gemini", value).kind is Kind.MALFORMED
