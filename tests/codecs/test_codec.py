import contextlib
import inspect

import pytest

from proxy.codecs.codec import Codec, StreamDecoder
from proxy.core import jsons
from proxy.core.credential import AwsAuth
from proxy.core.errors import Kind, ProxyError
from proxy.core.secret import Secret
from proxy.core.shape import ChatRequest, Target
from proxy.surfaces.chat import Chat
from tests.support import corpus
from tests.support.chat_bodies import wrong_bodies


def public(kind):
    return {name for name in vars(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", sorted(corpus.CODECS))
def test_every_codec_goes_by_the_name_of_its_protocol_and_has_all_its_verbs(name):
    codec = corpus.CODECS[name]

    assert codec.name == name
    for verb in public(Codec) - {"name"}:
        promised = inspect.signature(getattr(Codec, verb)).parameters
        assert list(inspect.signature(getattr(type(codec), verb)).parameters) == list(promised)


@pytest.mark.parametrize("name", sorted(corpus.CODECS))
def test_every_decoder_starts_with_nothing_seen(name):
    target = Target("provider", "model", name, "http://provider.test")
    decoder = corpus.CODECS[name].stream(ChatRequest(body={}), target, created=1)

    assert public(StreamDecoder) <= set(dir(decoder))
    assert (decoder.ended, decoder.over, decoder.events) == (False, False, 0)
    assert decoder.told is None


KINDS_OF_MODEL = [
    ("openai", "gpt-5"),
    ("azure", "gpt-4o"),
    ("responses", "gpt-5"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-6"),
    ("gemini", "gemini-1.5-pro"),
    ("gemini", "gemini-3-pro"),
    ("vertex", "gemini-2.5-flash"),
    ("bedrock", "anthropic.claude-sonnet-4-5"),
    ("bedrock", "amazon.nova-2-lite-v1:0"),
    ("bedrock", "openai.gpt-oss-120b-1:0"),
    ("mistral", "magistral-medium"),
    ("cohere", "command-a-reasoning"),
    ("ollama", "gpt-oss"),
]
REFUSALS = {Kind.INVALID_REQUEST, Kind.UNSUPPORTED}


@pytest.fixture(scope="module")
def wrong_requests():
    """Those that the surface lets through: what is the provider's own is for its codec to look at."""
    let = []
    for body in wrong_bodies():
        with contextlib.suppress(ProxyError):
            let.append(Chat().parse(jsons.encode({"model": "m", **body})))
    return let


@pytest.mark.parametrize(("name", "model"), KINDS_OF_MODEL)
def test_a_call_with_anything_in_a_wrong_place_is_written_or_refused_by_name(
    name, model, wrong_requests
):
    options = {"project": "p", "location": "europe-west4"}
    auth, key = AwsAuth("eu-west-1"), Secret("key")
    target = Target("p", model, name, "http://p.test/v1", api_key=key, auth=auth, options=options)
    written, refused = 0, set()
    for request in wrong_requests:
        try:
            written += bool(corpus.CODECS[name].encode(request, target).body)
        except ProxyError as error:
            refused.add(error.kind)

    assert refused <= REFUSALS
    assert written > len(wrong_requests) / 4
