import json

from proxy.codecs.bedrock import Bedrock
from proxy.codecs.codec import Codec, StreamDecoder
from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest
from tests.support.converse import HI, target


def test_the_codec_keeps_the_contract():
    codec: Codec = Bedrock()
    request = ChatRequest(body={"messages": HI})
    decoder: StreamDecoder = codec.stream(request, target(), created=1)
    answer = {"output": {"message": {"content": []}}, "stopReason": "end_turn"}

    assert codec.name == "bedrock"
    assert codec.encode(request, target()).url.endswith("/converse")
    assert not decoder.ended
    assert codec.decode(200, {}, json.dumps(answer).encode(), created=7)["created"] == 7
    assert codec.fault(503, {}, b"").kind is Kind.OVERLOADED
