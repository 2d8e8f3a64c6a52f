"""That streams of the whole proxy are held to their grammars while tests run, and that a breach is told."""

import anthropic
import openai
import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.messages import Messages
from tests.support import watched
from tests.support.house import house as house


@pytest.mark.parametrize("model", ["chat", "native"])
def test_streams_of_both_apis_are_watched(house, model):
    before = dict(watched.SEEN)
    asked = {"model": model, "max_tokens": 99, "messages": [{"role": "user", "content": "Hi"}]}
    with openai.OpenAI(base_url=house.base_url, api_key="k") as client:
        list(client.responses.create(model=model, input="Hi", stream=True))
    address = house.root
    with anthropic.Anthropic(base_url=address, api_key="k") as client:
        list(client.messages.create(stream=True, **asked))

    assert {name: count + 1 for name, count in before.items()} == watched.SEEN
    assert watched.breaches() == []


def test_a_breach_is_told_with_its_test():
    request = ChatRequest(body={}, dialect="messages", stream=True)
    encoder = Messages().encoder(request)
    watched._Watch(encoder, "messages", "anthropic", watched._messages)
    encoder.feed({"choices": [{"index": 0, "delta": {"content": "a"}}]})
    encoder.late(ProxyError(Kind.RESET, "gone"), "req_1")
    encoder.late(ProxyError(Kind.RESET, "gone"), "req_1")
    (told,) = watched.breaches()

    assert "test_a_breach_is_told_with_its_test" in told
    assert "after an error" in told
