import json

import pytest

from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind
from tests.support.embedding import (
    JSON_HEAD,
    KEY,
    answer,
    call,
    complaint,
    native,
    refusal,
    rows,
    target,
)

AUTH = AwsAuth(region="eu-west-1")
HOST = "https://bedrock-runtime.eu-west-1.amazonaws.com"
COUNT = "x-amzn-bedrock-input-token-count"


def bedrock(model, key="", **options):
    return target(
        "bedrock", model, "", key=key, auth=AUTH, options={"region": "eu-west-1", **options}
    )


TITAN_1 = bedrock("amazon.titan-embed-text-v1")
TITAN_2 = bedrock("amazon.titan-embed-text-v2:0")
IMAGE = bedrock("amazon.titan-embed-image-v1")
NOVA = bedrock("amazon.nova-2-multimodal-embeddings-v1:0")
COHERE = bedrock("us.cohere.embed-v4:0")


def nova(purpose, **more):
    text = {"truncationMode": "NONE", "value": "a"}
    return {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {"embeddingPurpose": purpose, "text": text, **more},
    }


def cohere(purpose, **more):
    return {"texts": ["a"], "input_type": purpose, "truncate": "NONE", **more}


@pytest.mark.parametrize(
    ("who", "asked", "body", "dropped"),
    [
        (TITAN_1, {}, {"inputText": "a"}, ()),
        (
            TITAN_1,
            {"input_type": "query", "normalize": True},
            {"inputText": "a"},
            ("normalize", "input_type"),
        ),
        (TITAN_2, {}, {"inputText": "a"}, ()),
        (
            TITAN_2,
            {"dimensions": 256, "normalize": False, "user": "u"},
            {"inputText": "a", "dimensions": 256, "normalize": False},
            ("user",),
        ),
        (IMAGE, {}, {"inputText": "a"}, ()),
        (
            IMAGE,
            {"dimensions": 384},
            {"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 384}},
            (),
        ),
        (NOVA, {}, nova("GENERIC_INDEX"), ()),
        (
            NOVA,
            {"dimensions": 256, "input_type": "query"},
            nova("TEXT_RETRIEVAL", embeddingDimension=256),
            (),
        ),
        (NOVA, {"input_type": "similarity"}, nova("GENERIC_INDEX"), ("input_type",)),
        (COHERE, {}, cohere("search_document"), ()),
        (
            COHERE,
            {"dimensions": 512, "input_type": "query", "truncate": "END"},
            cohere("search_query", output_dimension=512) | {"truncate": "END"},
            (),
        ),
    ],
)
def test_each_maker_has_a_body_of_its_own(who, asked, body, dropped):
    made = call(who, "a", **asked)

    assert json.loads(made.body) == body
    assert made.dropped == dropped


def test_a_call_is_signed_unless_there_is_a_key():
    signed, keyed = call(TITAN_2), call(bedrock("amazon.titan-embed-text-v2:0", KEY))

    assert signed.url == f"{HOST}/model/amazon.titan-embed-text-v2%3A0/invoke"
    assert (signed.auth, dict(signed.headers)) == (AUTH, JSON_HEAD)
    assert keyed.auth is None
    assert dict(keyed.headers) == {**JSON_HEAD, "authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "who",
    [
        bedrock("eu.cohere.embed-multilingual-v3"),
        bedrock("arn:aws:bedrock:us-east-1:1:inference-profile/us.cohere.embed-v4:0"),
        bedrock(
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/x", family="cohere.embed"
        ),
    ],
)
def test_a_family_is_told_by_an_id_an_arn_or_the_option(who):
    assert native(who, "a", "b")["texts"] == ["a", "b"]


def test_a_model_without_vectors_is_a_fault_of_the_configuration():
    error = refusal(bedrock("anthropic.claude-3"))

    assert error.kind is Kind.MISCONFIGURED
    assert "p/anthropic.claude-3" in error.message


def test_the_first_titans_have_one_size():
    error = refusal(TITAN_1, "a", dimensions=256)

    assert (error.kind, error.param) == (Kind.UNSUPPORTED, "dimensions")


@pytest.mark.parametrize(
    ("value", "vectors"),
    [
        ({"embedding": [1, 2]}, ((1.0, 2.0),)),
        ({"embedding": [1], "embeddingsByType": {"float": [1]}}, ((1.0,),)),
        ({"embeddingsByType": {"float": [1], "binary": [0, 1]}}, ((1.0,),)),
        ({"embeddings": [{"embeddingType": "TEXT", "embedding": [3]}]}, ((3.0,),)),
        ({"embeddings": [[1], [2]]}, ((1.0,), (2.0,))),
        ({"embeddings": {"float": [[1], [2]]}}, ((1.0,), (2.0,))),
    ],
)
def test_every_makers_answer_is_read_by_its_form(value, vectors):
    read = answer("bedrock", value)

    assert rows(read.vectors) == vectors
    assert read.model == "m"


@pytest.mark.parametrize(
    ("body", "header", "count"),
    [
        ({"inputTextTokenCount": 5}, "7", 5),
        ({}, "7", 7),
        ({}, "", None),
        ({}, "-7", None),
        ({}, "\u0667", None),
        ({}, "9" * 5000, None),
    ],
)
def test_tokens_are_told_by_the_body_or_a_header(body, header, count):
    read = answer("bedrock", {"embedding": [1], **body}, {COUNT: header})

    assert read.prompt_tokens == count


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"message": "It failed."}, Kind.SERVER_ERROR),
        ({"embeddings": []}, Kind.EMPTY),
        ({"embeddingsByType": {"binary": [1]}}, Kind.MALFORMED),
        ({"embeddings": [{}]}, Kind.MALFORMED),
    ],
)
def test_an_answer_without_vectors_is_none(value, kind):
    assert complaint("bedrock", value).kind is kind
