import inspect
import json

import pytest

from proxy.core import vectors
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from proxy.surfaces.embeddings import Embeddings
from proxy.surfaces.surface import Surface

SURFACE = Embeddings()


def test_it_has_every_verb_of_a_surface():
    for verb in ("parse", "encoder", "whole", "error"):
        promised = inspect.signature(getattr(Surface, verb)).parameters
        assert list(inspect.signature(getattr(Embeddings, verb)).parameters) == list(promised)
    assert SURFACE.name == "embeddings"


def test_a_call_is_read_and_answered():
    request = SURFACE.parse(b'{"model":"m","input":"x"}')
    body = SURFACE.whole(request, {"model": "m-1", "vectors": (vectors.of([1.0]),)}, model="asked")

    assert json.loads(body)["data"][0]["embedding"] == [1.0]
    assert json.loads(body)["model"] == "asked"


def test_an_error_has_openais_shape():
    answer = SURFACE.error(ProxyError(Kind.INVALID_REQUEST, "no", param="input"), "req-1")

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["param"] == "input"


def test_there_are_no_streams():
    with pytest.raises(ProxyError) as caught:
        SURFACE.encoder(ChatRequest({}))

    assert caught.value.kind is Kind.INTERNAL
