import json

import pytest

from proxy.codecs.embeddings.carrier import Carrier, carriers, inputs_of, join, split
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.embedding import rows, target

OPENAI = target("openai", base="http://a/v1")
COHERE = target("cohere", "embed-v4.0", "http://a")
CODECS = carriers(["openai", "cohere", "anthropic"])
LISTED = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    "model": "m-1",
    "usage": {"prompt_tokens": 3, "total_tokens": 3},
}


def asks(given, **body):
    whole = {"model": "asked", "input": given, **body}
    return ChatRequest(whole, raw=json.dumps(whole).encode(), dialect="embeddings")


def read(value):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return CODECS["openai"].decode(200, {}, body, created=7, target=OPENAI)


def test_every_protocol_has_a_carrier_by_its_name():
    assert {name: codec.name for name, codec in CODECS.items()} == {n: n for n in CODECS}


@pytest.mark.parametrize(
    ("given", "inputs"),
    [
        ("one", ("one",)),
        (["one", "two"], ("one", "two")),
        ([1, 2], ((1, 2),)),
        ([[1], [2, 3]], ((1,), (2, 3))),
        ([], ()),
    ],
)
def test_one_input_for_each_vector(given, inputs):
    assert inputs_of(asks(given)) == inputs


def test_a_call_is_written_by_the_embedding_codec():
    call = CODECS["openai"].encode(asks("one", dimensions=8), OPENAI)

    assert call.url == "http://a/v1/embeddings"
    assert json.loads(call.body) == {"model": "m", "input": "one", "dimensions": 8}


def test_what_the_caller_wishes_reaches_a_protocol_of_its_own():
    call = CODECS["cohere"].encode(
        asks(["one"], dimensions=256, input_type="query", user="u"), COHERE
    )
    body = json.loads(call.body)

    assert (body["output_dimension"], body["input_type"]) == (256, "search_query")
    assert call.dropped == ("user",)


def test_an_answer_is_a_completion_with_vectors():
    completion = read(LISTED)

    assert rows(completion["vectors"]) == ((0.5,),)
    assert (completion["model"], completion["created"]) == ("m-1", 7)
    assert completion["usage"]["prompt_tokens"] == completion["usage"]["total_tokens"] == 3
    assert completion["native"] == {
        "dialect": "embeddings/float",
        "payload": json.dumps(LISTED).encode(),
    }


def test_an_answer_without_a_count_has_no_usage_and_is_not_relayed():
    completion = read({**LISTED, "usage": None})

    assert completion["usage"] is None
    assert "native" not in completion


def test_a_protocol_without_embeddings_refuses_before_anything_is_sent():
    with pytest.raises(ProxyError) as caught:
        CODECS["anthropic"].encode(asks("one"), target("anthropic"))

    assert caught.value.kind is Kind.UNSUPPORTED
    assert "'anthropic' has no embeddings" in caught.value.message


def test_a_failure_is_named_also_where_there_are_no_embeddings():
    for name in ("openai", "anthropic"):
        assert CODECS[name].fault(429, {}, b"{}").kind is Kind.RATE_LIMIT


def test_a_stream_is_no_answer():
    with pytest.raises(ProxyError) as caught:
        Carrier("openai", None).stream(asks("one"), OPENAI, created=1)

    assert caught.value.kind is Kind.MALFORMED


def test_a_call_is_split_by_what_the_provider_takes_at_once():
    request = asks([f"text {n}" for n in range(200)], dimensions=8)
    parts = split(request, COHERE)

    assert [len(part.body["input"]) for part in parts] == [96, 96, 8]
    assert [text for part in parts for text in part.body["input"]] == request.body["input"]
    assert {part.raw for part in parts} == {b""}
    assert {part.body["dimensions"] for part in parts} == {8}


@pytest.mark.parametrize(
    ("who", "count"), [(COHERE, 96), (OPENAI, 2000), (target("anthropic"), 2000)]
)
def test_a_call_that_fits_is_not_touched(who, count):
    request = asks(["x"] * count)

    assert split(request, who) == (request,)


def test_answers_of_parts_are_one_answer():
    one, two = read(LISTED), read({**LISTED, "data": [{"index": 0, "embedding": [2.0]}]})
    joined = join([one, two])

    assert rows(joined["vectors"]) == ((0.5,), (2.0,))
    assert joined["usage"]["prompt_tokens"] == 6
    assert "native" not in joined
    assert "native" in one


def test_parts_whose_tokens_nobody_counted_have_no_count_together():
    untold = read({**LISTED, "usage": None})

    assert join([untold, untold])["usage"] is None
    assert join([untold, read(LISTED)])["usage"]["prompt_tokens"] == 3
    assert join([untold]) is untold
