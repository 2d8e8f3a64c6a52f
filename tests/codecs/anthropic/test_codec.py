import json

import pytest

from proxy.codecs.anthropic import Anthropic
from proxy.codecs.bedrock import Bedrock
from proxy.codecs.codec import Codec, Signed, StreamDecoder
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support import relayed
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


THINKING = "messages.1.content.0: Invalid `signature` in `thinking` block"
SIGNED = {
    "role": "assistant",
    "content": "Hi",
    "thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": "s"}],
}


@pytest.mark.parametrize("codec", [Anthropic(), Bedrock()], ids=["anthropic", "bedrock"])
def test_signed_thinking_of_claudes_that_is_refused_is_left_out(codec):
    refused = ProxyError(Kind.INVALID_REQUEST, THINKING, status=400)
    other = ProxyError(Kind.INVALID_REQUEST, "No.", status=400)
    request = ChatRequest(body={"messages": [*HI, SIGNED, *HI]})
    bare = codec.unsigned(refused, request)

    assert isinstance(codec, Signed)
    assert bare.body == {"messages": [*HI, {"role": "assistant", "content": "Hi"}, *HI]}
    assert codec.unsigned(other, request) is None
    assert codec.unsigned(refused, bare) is None
    assert codec.unsigned(refused, relayed.request()) is None
