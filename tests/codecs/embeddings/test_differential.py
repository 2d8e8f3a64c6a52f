"""Google's and OpenAI's own SDKs beside us: what they send is what we send, what they read is what we read."""

import json

import httpx
import openai
import pytest
from google import genai
from google.genai.types import EmbedContentConfig, HttpOptions
from google.oauth2.credentials import Credentials

from proxy.codecs.embeddings import EMBEDDINGS
from proxy.core import vectors
from proxy.core.steps import done
from tests.support.embedding import ask, call, rows, target

OPTIONS = {"project": "p", "location": "europe-west4"}
BASE = "https://generativelanguage.googleapis.com/v1beta"
CONFIG = EmbedContentConfig(
    task_type="RETRIEVAL_QUERY", output_dimensionality=8, title="t", auto_truncate=False
)
PLAIN = EmbedContentConfig(output_dimensionality=8)
CONTENTS = {"embeddings": [{"values": [0.5, 1]}, {"values": [0.25, 2]}]}
CONTENT = {"embedding": {"values": [0.5, 1]}, "usageMetadata": {"promptTokenCount": 3}}
PREDICTIONS = {"predictions": [{"embeddings": {"values": [0.5, 1]}}]}


class Wire:
    """Takes what a client sends and gives it an answer."""

    def __init__(self, answer):
        self.answer = json.dumps(answer).encode()
        self.client = httpx.Client(transport=httpx.MockTransport(self._take))

    def _take(self, request):
        self.sent = request
        head = {"content-type": "application/json"}
        return httpx.Response(200, headers=head, content=self.answer)


def google(wire, protocol):
    options = HttpOptions(httpx_client=wire.client)
    if protocol == "gemini":
        options.api_version = "v1beta"
        return genai.Client(api_key="key", http_options=options)
    return genai.Client(
        vertexai=True,
        project="p",
        location="europe-west4",
        credentials=Credentials("token"),
        http_options=options,
    )


def without_role(value):
    """A body as we write it: with one speaker there is no need to say who speaks."""
    if isinstance(value, list):
        return [without_role(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: without_role(each) for name, each in value.items() if name != "role"}


@pytest.mark.parametrize(
    ("protocol", "model", "texts", "config", "answer"),
    [
        ("gemini", "gemini-embedding-001", ["a", "b"], CONFIG, CONTENTS),
        ("gemini", "gemini-embedding-2", ["a", "b"], PLAIN, CONTENTS),
        ("vertex", "gemini-embedding-001", ["a"], CONFIG, CONTENT),
        ("vertex", "gemini-embedding-001", ["a", "b"], CONFIG, CONTENTS),
        ("vertex", "text-embedding-005", ["a"], CONFIG, PREDICTIONS),
    ],
)
def test_google_is_called_and_read_as_its_own_sdk_does(protocol, model, texts, config, answer):
    wire = Wire(answer)
    vertex = protocol == "vertex"
    given = config if vertex else config.model_copy(update={"auto_truncate": None})
    contents = [genai.types.Content(parts=[genai.types.Part(text=text)]) for text in texts]
    read = google(wire, protocol).models.embed_content(model=model, contents=contents, config=given)
    who = target(protocol, model, "" if vertex else BASE, options=OPTIONS)
    asked = {"input_type": "query", "title": "t"} if config.task_type else {}
    made = call(who, *texts, dimensions=8, **asked)
    ours = done(EMBEDDINGS[protocol].decode(200, {}, wire.answer, target=who))

    assert made.url == str(wire.sent.url)
    assert json.loads(made.body) == without_role(json.loads(wire.sent.content))
    assert rows(ours.vectors) == tuple(tuple(each.values) for each in read.embeddings)


def test_openai_is_called_and_read_as_its_own_sdk_does():
    numbers = [0.1, -2.5, 3e-8]
    item = {"object": "embedding", "index": 0, "embedding": vectors.to_base64(numbers)}
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    wire = Wire({"object": "list", "model": "m", "data": [item], "usage": usage})
    client = openai.OpenAI(api_key="key", http_client=wire.client)
    read = client.embeddings.create(model="m", input=["a", "b"], dimensions=3)
    who = target("openai", "m", "https://api.openai.com/v1")
    made = EMBEDDINGS["openai"].encode(ask("a", "b", raw=wire.sent.content), who)
    ours = done(EMBEDDINGS["openai"].decode(200, {}, wire.answer, target=who))

    assert made.url == str(wire.sent.url)
    assert json.loads(made.body) == json.loads(wire.sent.content)
    assert rows(ours.vectors) == (tuple(read.data[0].embedding),)
    assert ours.prompt_tokens == read.usage.prompt_tokens
