import json

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.codec import Codec, StreamDecoder
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest
from tests.support.claude import HI, target


def test_the_codec_keeps_the_contract():
    codec: Codec = Anthropic()
    request = ChatRequest(body={"messages": HI})
    decoder: StreamDecoder = codec.stream(request, target(), created=1)
    message = {"type": "message", "content": [], "stop_reason": "end_turn"}

    assert codec.name == "anthropic"
    assert codec.encode(request, target()).url.endswith("/v1/messages")
    assert not decoder.ended
    assert codec.decode(200, {}, json.dumps(message).encode(), created=7)["created"] == 7
    assert codec.fault(529, {}, b"").kind is Kind.OVERLOADED
