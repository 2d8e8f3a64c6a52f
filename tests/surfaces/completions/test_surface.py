import inspect
import json

from proxy.core.build import Builder
from proxy.core.errors import Kind, ProxyError
from proxy.surfaces.completions import Completions
from proxy.surfaces.completions.encoder import CompletionsEncoder
from proxy.surfaces.surface import Surface

SURFACE = Completions()


def test_it_has_every_verb_of_a_surface():
    for verb in ("parse", "encoder", "whole", "error"):
        promised = inspect.signature(getattr(Surface, verb)).parameters
        assert list(inspect.signature(getattr(Completions, verb)).parameters) == list(promised)
    assert SURFACE.name == "completions"


def test_a_call_is_read_and_answered():
    request = SURFACE.parse(b'{"model":"m","prompt":"once"}')
    answer = Builder(1, "c1", "m-1").completion({"content": " upon"}, "stop", None)

    assert json.loads(SURFACE.whole(request, answer))["choices"][0]["text"] == " upon"
    assert isinstance(SURFACE.encoder(request), CompletionsEncoder)


def test_an_error_has_openais_shape():
    answer = SURFACE.error(ProxyError(Kind.UNSUPPORTED, "no", param="suffix"), "req-1")

    assert (answer.status, json.loads(answer.body)["error"]["param"]) == (400, "suffix")
