import json

import pytest

from tests.support.embedding import JSON_HEAD, KEY, answer, call, rows, target

RESOURCE = "https://r.openai.azure.com"
FOUNDRY = "https://r.services.ai.azure.com/models"


@pytest.mark.parametrize(
    ("base", "version", "url"),
    [
        (RESOURCE, "", f"{RESOURCE}/openai/v1/embeddings"),
        (
            RESOURCE,
            "2024-10-21",
            f"{RESOURCE}/openai/deployments/my%20embedder/embeddings?api-version=2024-10-21",
        ),
        (FOUNDRY, "2024-05-01-preview", f"{FOUNDRY}/embeddings?api-version=2024-05-01-preview"),
    ],
)
def test_the_address_is_the_deployments(base, version, url):
    who = target("azure", "my embedder", base, options={"api_version": version})

    assert call(who).url == url


def test_a_call_is_exactly_this():
    made = call(
        target("azure", "embedder", RESOURCE), "a", (1, 2), dimensions=8, input_type="query"
    )

    assert dict(made.headers) == {**JSON_HEAD, "api-key": KEY}
    assert json.loads(made.body) == {"model": "embedder", "input": ["a", [1, 2]], "dimensions": 8}
    assert made.dropped == ("input_type",)


def test_a_token_goes_as_a_bearer():
    made = call(target("azure", "embedder", RESOURCE, options={"auth": "bearer"}))

    assert dict(made.headers) == {**JSON_HEAD, "authorization": f"Bearer {KEY}"}


def test_foundrys_models_may_know_what_vectors_are_for():
    made = call(target("azure", "embed-v-4-0", FOUNDRY), "a", input_type="query")

    assert json.loads(made.body) == {"model": "embed-v-4-0", "input": "a", "input_type": "query"}
    assert made.dropped == ()


def test_an_answer_is_read_as_openais():
    assert rows(answer("azure", {"data": [{"embedding": "AACAPw=="}]}).vectors) == ((1.0,),)
