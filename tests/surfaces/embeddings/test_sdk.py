"""Vectors as the official SDK reads them: recorded ones in either form, and simulated ones through the whole proxy."""

import contextlib
import json

import httpx2
import openai
import pytest

from proxy.codecs.embeddings.carrier import Carrier
from proxy.config.schema import Alias, Config, TargetRef
from proxy.core.facts import Outcome
from proxy.sim.openai_embed import SIZE, vector_of
from proxy.surfaces.embeddings import Embeddings
from tests.support.embedded import ANSWERS
from tests.support.house import running

SURFACE = Embeddings()
TEXTS = ["when is high tide", "a strong wind"]


def sdk(answer):
    transport = httpx2.MockTransport(answer)
    http = httpx2.Client(transport=transport)
    return openai.OpenAI(api_key="sk-test", base_url="http://sdk.test/v1", http_client=http)


@pytest.mark.parametrize("case", ANSWERS, ids=[case.name for case in ANSWERS])
@pytest.mark.parametrize("form", ["float", "base64"])
def test_the_sdk_reads_the_vectors_that_a_provider_sent(case, form):
    carrier = Carrier(case.protocol, case.codec)
    headers = case.meta["response_headers"]
    vectors = case.read().vectors

    def answer(request):
        asked = SURFACE.parse(request.content)
        completion = carrier.decode(200, headers, case.raw, created=1, target=case.target)
        body = SURFACE.whole(asked, completion)
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=body)

    with contextlib.closing(sdk(answer)) as client:
        # Without a form the SDK asks for base64 and makes numbers of it.
        given = {"encoding_format": form} if form == "float" else {}
        read = client.embeddings.create(model="m", input=["a"] * len(vectors), **given)

    assert len(read.data) == len(vectors)
    for item, vector in zip(read.data, vectors, strict=True):
        assert item.embedding == pytest.approx(vector, rel=1e-6)
    assert read.usage.prompt_tokens == (case.read().prompt_tokens or 0)


def aliases(simulator):
    del simulator
    cascade = ("mock/fail-500", "mock/embed")
    return Config(models={"vectors": Alias("vectors", tuple(map(_ref, cascade)))})


def _ref(name):
    return TargetRef(*name.split("/", 1))


@pytest.fixture(scope="module")
def house():
    with running(aliases) as house:
        yield house


@pytest.fixture
def client(house):
    client = openai.OpenAI(api_key="any", base_url=house.base_url, max_retries=0)
    with contextlib.closing(client):
        yield client


def test_the_sdk_gets_vectors_through_the_whole_proxy(client):
    read = client.embeddings.create(model="mock/embed", input=TEXTS, dimensions=64)

    assert [item.embedding for item in read.data] == [
        pytest.approx(vector_of(text, 64), rel=1e-6) for text in TEXTS
    ]
    assert (read.object, read.model, read.usage.total_tokens) == ("list", "embed", 7)


def test_tokens_and_numbers_pass(client):
    read = client.embeddings.create(
        model="mock/embed", input=[[1, 2], [3]], encoding_format="float"
    )

    assert read.data[0].embedding == pytest.approx(vector_of("1 2", SIZE))


def test_a_cascade_serves_vectors_and_the_call_is_written_down(house, client):
    house.facts.clear()
    answer = client.embeddings.with_raw_response.create(
        model="vectors", input="a", extra_body={"firstbyte": {"report": True}}
    )
    ended = house.facts[-1]
    report = json.loads(answer.text)["firstbyte"]

    assert answer.headers["x-firstbyte-target"] == "mock/embed"
    assert answer.headers["x-firstbyte-cascade"] == (
        "mock/fail-500=server_error, mock/embed=served"
    )
    assert (report["target"], report["usage"]["prompt_tokens"]) == ("mock/embed", 1)
    assert (ended.surface, ended.outcome, ended.usage.prompt) == (
        "embeddings",
        Outcome.SERVED,
        1,
    )


def test_errors_are_those_that_the_sdk_knows(client):
    with pytest.raises(openai.BadRequestError, match="dimensions"):
        client.embeddings.create(model="mock/embed", input="a", dimensions=0)
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="nobody", input="a")
    with pytest.raises(openai.RateLimitError):
        client.embeddings.create(model="mock/fail-429", input="a")
