import inspect

import pytest

from proxy.codecs.codec import Codec, StreamDecoder
from proxy.core.shape import ChatRequest, Target
from tests.support import corpus


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
