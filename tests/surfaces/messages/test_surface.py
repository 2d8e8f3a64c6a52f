from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.messages import Messages
from proxy.surfaces.surface import Surface
from tests.support import messages_grammar

BUILD = Builder(1, "chatcmpl-1", "m")
BODY = b'{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'


def test_a_call_goes_in_and_out():
    surface: Surface = Messages()
    request = surface.parse(BODY, (("anthropic-version", "2023-06-01"),))
    encoder = surface.encoder(request, model="asked")
    data = encoder.feed(BUILD.text("Hi")) + encoder.feed(BUILD.finish("stop")) + encoder.finish()
    whole = surface.whole(request, BUILD.completion({"content": "Hi"}, "stop", None), model="asked")

    assert request.forward == (("anthropic-version", "2023-06-01"),)
    assert messages_grammar.check(data)[0]["message"]["model"] == "asked"
    assert jsons.decode(whole)["model"] == "asked"
    assert surface.error(ProxyError(Kind.OVERLOADED, "no"), "req_1").status == 529
