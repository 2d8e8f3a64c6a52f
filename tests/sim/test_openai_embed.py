import base64
import math
import struct

import openai
import pytest

from proxy.sim.answer import compose
from proxy.sim.dialect import RefusedError
from proxy.sim.openai_embed import MAX_INPUTS, SIZE, OpenAIEmbeddings, vector_of
from proxy.sim.script import BEHAVIOURS, Behaviour
from proxy.sim.server import Simulator

DIALECT = OpenAIEmbeddings()


def answered(given, **body):
    ask = DIALECT.read({"model": "embed", "input": given, **body}, {})
    return DIALECT.whole(compose(ask, Behaviour(), 1, 1700000000))


def near(one, two):
    return sum(a * b for a, b in zip(one, two, strict=True))


def test_an_answer_is_a_list_of_vectors_in_the_order_of_the_inputs():
    said = answered(["one two", "three"])

    assert (said["object"], said["model"]) == ("list", "embed")
    assert [(item["object"], item["index"]) for item in said["data"]] == [
        ("embedding", 0),
        ("embedding", 1),
    ]
    assert said["data"][0]["embedding"] == vector_of("one two", SIZE)
    assert said["usage"] == {"prompt_tokens": 3, "total_tokens": 3}


@pytest.mark.parametrize("text", ["one", "one two three", "ONE", " ", "\ud800"])
@pytest.mark.parametrize("size", [1, 2, 3, 256, SIZE])
def test_a_vector_has_its_size_and_the_length_1(text, size):
    vector = vector_of(text, size)

    assert len(vector) == size
    assert math.isclose(near(vector, vector), 1.0)


def test_the_same_text_has_the_same_vector_and_shared_words_bring_texts_nearer():
    tide, tides, wind = (
        vector_of(text, 256) for text in ("when is high tide", "when is low tide", "a strong wind")
    )

    assert tide == vector_of("When is high  tide", 256)
    assert near(tide, tides) > 0.5 > abs(near(tide, wind))


def test_counts_that_undo_each_other_leave_a_vector_all_the_same():
    assert {abs(vector_of(f"word{n}", 1)[0]) for n in range(100)} == {1.0}


def test_vectors_come_in_base64_where_that_is_asked_for():
    packed = answered("one", dimensions=8, encoding_format="base64")["data"][0]["embedding"]
    numbers = struct.unpack("<8f", base64.b64decode(packed))

    assert numbers == pytest.approx(vector_of("one", 8))


@pytest.mark.parametrize("given", [[1, 2], [[1, 2]]])
def test_tokens_are_embedded_as_words(given):
    assert answered(given)["data"][0]["embedding"] == vector_of("1 2", SIZE)


def test_there_are_no_frames():
    ask = DIALECT.read({"model": "embed", "input": "one"}, {})

    assert list(DIALECT.frames(compose(ask, Behaviour(), 1, 1))) == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"model": ""}, "model"),
        ({"model": None}, "model"),
        ({"input": None}, "input"),
        ({"input": []}, "input"),
        ({"input": ""}, "input"),
        ({"input": ["one", ""]}, "input"),
        ({"input": [[]]}, "input"),
        ({"input": ["one"] * (MAX_INPUTS + 1)}, "input"),
        ({"input": {"text": "one"}}, "input"),
        ({"dimensions": 4000}, "dimensions"),
        ({"dimensions": "8"}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_what_openai_refuses_is_refused(body, param):
    with pytest.raises(RefusedError) as caught:
        DIALECT.read({"model": "embed", "input": "one", **body}, {})

    assert (caught.value.complaint.status, caught.value.complaint.param) == (400, param)


async def test_the_openai_sdk_reads_the_vectors_of_a_simulated_model():
    async with (
        Simulator(BEHAVIOURS) as sim,
        openai.AsyncOpenAI(base_url=f"{sim.base_url}/v1", api_key="any", max_retries=0) as sdk,
    ):
        answer = await sdk.embeddings.create(model="embed", input=["one", "two"], dimensions=16)
        with pytest.raises(openai.RateLimitError):
            await sdk.embeddings.create(model="fail-429", input="one")
        with pytest.raises(openai.BadRequestError):
            await sdk.embeddings.create(model="embed", input=[["x"]])

    assert answer.data[1].embedding == pytest.approx(vector_of("two", 16))
    assert answer.usage.total_tokens == 2
