import json

import pytest

from proxy.core import vectors
from proxy.core.shape import ChatRequest
from proxy.core.steps import done
from proxy.surfaces.embeddings.whole import whole_body

VECTORS = (vectors.of([0.5, -1.0]), vectors.of([2.0, 0.25]))
PAYLOAD = b'{"object":"list", "data":[], "model":"m-1", "odd":1}'


def written(form=None, *, native=None, usage=None, **more):
    completion = {"model": "m-1", "vectors": VECTORS, "usage": usage}
    if native:
        completion["native"] = {"dialect": native, "payload": PAYLOAD}
    request = ChatRequest({"input": "x", "encoding_format": form})
    return done(whole_body(request, completion, **more))


@pytest.mark.parametrize("form", [None, "float"])
def test_vectors_are_numbers_where_nothing_else_is_asked_for(form):
    body = json.loads(written(form))

    assert body == {
        "object": "list",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [0.5, -1.0]},
            {"object": "embedding", "index": 1, "embedding": [2.0, 0.25]},
        ],
        "model": "m-1",
        "usage": {"prompt_tokens": 0, "total_tokens": 0},
    }


def test_vectors_are_base64_where_that_is_asked_for():
    data = json.loads(written("base64"))["data"]

    assert [vectors.from_base64(item["embedding"]) for item in data] == list(VECTORS)


def test_usage_is_what_the_provider_counted():
    usage = {"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7}

    assert json.loads(written(usage=usage))["usage"] == {"prompt_tokens": 7, "total_tokens": 7}


def test_a_providers_own_bytes_go_out_as_they_came_where_the_form_is_the_one_asked_for():
    assert written("base64", native="embeddings/base64") == PAYLOAD
    assert written(None, native="embeddings/float", model="m-1") == PAYLOAD


def test_a_providers_own_bytes_in_another_form_are_written_anew():
    assert b"odd" not in written("base64", native="embeddings/float")


def test_another_name_for_the_model_and_a_report_are_put_into_the_providers_bytes():
    body = json.loads(written(native="embeddings/float", model="asked", report={"target": "p/m"}))

    assert (body["model"], body["odd"], body["firstbyte"]) == ("asked", 1, {"target": "p/m"})


def test_another_name_for_the_model_and_a_report_are_put_into_what_we_write():
    body = json.loads(written(model="asked", report={"target": "p/m"}))

    assert (body["model"], body["firstbyte"]) == ("asked", {"target": "p/m"})


@pytest.mark.parametrize("form", ["float", "base64"])
def test_a_long_answer_is_written_in_steps(form):
    many = (vectors.of([0.1, -2.0] * 512),) * 300
    completion = {"model": "m-1", "vectors": many, "usage": None}
    steps = whole_body(ChatRequest({"input": "x", "encoding_format": form}), completion)
    turns = 0
    while next(steps, many) is not many:
        turns += 1
    body = json.loads(done(whole_body(ChatRequest({"encoding_format": form}), completion)))

    assert turns > 3
    assert [item["index"] for item in body["data"]] == list(range(300))
    assert all(
        vectors.read(item["embedding"]) == vectors.read(body["data"][0]["embedding"])
        for item in body["data"]
    )
