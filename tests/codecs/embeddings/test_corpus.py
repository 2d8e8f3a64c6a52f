"""Recorded exchanges with embedding models: every one that the corpus has is read, and refused where it was."""

import json

import pytest

from proxy.core import vectors
from tests.support import recordings
from tests.support.corpus import KINDS
from tests.support.embedded import ANSWERS, CASES, FAILURES
from tests.support.embedding import ask


def over(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def test_the_recorded_corpus_is_there_where_it_is_required():
    assert CASES or not recordings.REQUIRED, f"no recorded exchanges at {recordings.CORPUS}"


@over(ANSWERS)
def test_an_answer_has_the_vectors_that_the_provider_sent(case):
    read, expect = case.read(), case.expect["embeddings"]

    assert len(read.vectors) == expect["count"]
    for vector, size, first in zip(read.vectors, expect["dims"], expect["first"], strict=False):
        # The corpus does not look into base64, nor into vectors that stand in objects of their own.
        assert size is None or len(vector) == size
        assert first is None or list(vector[: len(first)]) == first
        assert len(vector) >= 256


@over(ANSWERS)
def test_an_answer_has_the_count_of_tokens_that_the_provider_told(case):
    told = case.expect["usage"]["input"]
    count = case.read().prompt_tokens

    assert count == told or (told is None and (count is None or count > 0))


@over(ANSWERS)
def test_base64_that_came_is_the_base64_that_goes(case):
    sent = case.raw.decode()
    if case.expect["embeddings"]["encoding"] == "base64":
        assert all(vectors.to_base64(vector) in sent for vector in case.read().vectors)
    else:
        assert vectors.read(vectors.to_base64(case.read().vectors[0]))


@over(FAILURES)
def test_a_failure_keeps_the_providers_words_and_gets_its_kind(case):
    error = case.codec.fault(case.meta["status"], case.meta["response_headers"], case.raw)
    expect = case.expect["error"]

    assert error.message == expect["message"]
    assert error.kind.value in KINDS[expect["class"]]
    assert error.status == expect["status"]


@over(
    [case for case in CASES if case.meta["api"] in {"openai.embeddings", "openrouter.embeddings"}]
)
def test_a_request_in_openais_shape_goes_as_it_came(case):
    body = json.loads(case.asked)
    given = body["input"] if isinstance(body["input"], list) else [body["input"]]
    call = case.codec.encode(ask(*given, raw=case.asked), case.target)

    assert json.loads(call.body) == body
    assert call.url == "https://" + case.meta["url_host"] + case.meta["url_path"]
