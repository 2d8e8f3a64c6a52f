"""Names in addresses, and that no codec lets one leave the base URL."""

import httpx
import pytest

from proxy.codecs.azure import Azure
from proxy.codecs.bedrock import Bedrock
from proxy.codecs.embeddings import EMBEDDINGS
from proxy.codecs.gemini import Gemini
from proxy.codecs.paths import in_path
from proxy.codecs.vertex import Vertex
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest, Target
from tests.support.embedding import ask

CHAT = {"azure": Azure(), "bedrock": Bedrock(), "gemini": Gemini(), "vertex": Vertex()}
OPTIONS = {
    "project": "p",
    "location": "europe-west4",
    "region": "eu-west-1",
    "api_version": "2024-10-21",
    "family": "titan-embed-text-v2",
}
BASE = "https://provider.test/v1/base"
BODY = {"model": "asked", "messages": [{"role": "user", "content": "hi"}]}
WALKS = [
    "..",
    ".",
    "../../evil?x",
    "models/../../evil",
    "models/..",
    "a/./b",
    "a//b",
    "a/",
    "/a",
    "tunedModels/../..",
    "endpoints/..",
    "endpoints/../..",
    "publishers/google/models/..",
]
NAMES = [
    "m",
    "models/m",
    "org/m@1:free",
    "...",
    "a..b",
    "..a",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fevil",
    "..\\..\\evil",
    "a?b#c",
    "..\n",
    "..;x",
]


def chat_url(protocol, model):
    target = Target("p", model, protocol, BASE, options=OPTIONS)
    return CHAT[protocol].encode(ChatRequest(BODY), target).url


def embedding_url(protocol, model):
    target = Target("p", model, protocol, BASE, options=OPTIONS)
    return EMBEDDINGS[protocol].encode(ask(), target).url


def sent(url):
    """The path that a client really asks for."""
    return httpx.URL(url).raw_path.decode()


over_all = pytest.mark.parametrize("protocol", sorted(CHAT))
over_both = pytest.mark.parametrize("url", [chat_url, embedding_url])


@over_both
@pytest.mark.parametrize("protocol", ["azure", "bedrock", "gemini"])
@pytest.mark.parametrize("model", WALKS)
def test_a_name_that_would_walk_is_refused_before_anything_is_sent(url, protocol, model):
    with pytest.raises(ProxyError, match="no part of it may be empty") as caught:
        url(protocol, model)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "model")


@over_both
@pytest.mark.parametrize(
    "model", [".", "..", "a/", "models/..", "endpoints/..", "endpoints/../..", "endpoints/"]
)
def test_on_vertex_the_last_part_of_a_name_is_held_to_the_same(url, model):
    with pytest.raises(ProxyError, match="no part of it may be empty"):
        url("vertex", model)


@over_both
@pytest.mark.parametrize("model", ["../../evil?x", "a/./b", "a//b", "/a"])
def test_on_vertex_what_stands_before_the_last_part_is_not_in_the_address(url, model):
    place = "/projects/p/locations/europe-west4/publishers/google/models/"
    path = sent(url("vertex", model))

    assert path.startswith(("/v1/base/v1beta1" + place, "/v1/base/v1" + place))
    assert ".." not in path


@over_both
@over_all
@pytest.mark.parametrize("model", NAMES)
def test_any_other_name_stays_below_the_base_path(url, protocol, model):
    written = url(protocol, model)

    assert sent(written).startswith("/v1/base/")
    assert sent(written) == sent(BASE) + written.removeprefix(BASE)
    assert httpx.URL(written).fragment == ""


@pytest.mark.parametrize("name", ["", ".", "..", "a/..", "a//b", "/", "a/."])
def test_a_segment_that_names_no_place_is_refused(name):
    with pytest.raises(ProxyError) as caught:
        in_path(name)

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "model")


@over_both
@over_all
def test_a_name_with_half_a_character_is_refused_before_anything_is_sent(url, protocol):
    with pytest.raises(ProxyError, match="half of a surrogate pair") as caught:
        url(protocol, "a\ud800")

    assert (caught.value.kind, caught.value.param) == (Kind.INVALID_REQUEST, "model")


def test_a_name_is_percent_encoded_but_for_what_is_safe():
    assert in_path("models/a@1:b?c") == "models%2Fa%401%3Ab%3Fc"
    assert in_path("models/a@1:b?c", safe="/@:") == "models/a@1:b%3Fc"
