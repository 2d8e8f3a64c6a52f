"""Every protocol that a configuration may name has its codec."""

from proxy.codecs.by_protocol import CODECS
from proxy.config.protocols import PROTOCOLS, SURFACES


def test_every_codec_answers_to_its_name():
    assert {name: codec.name for name, codec in CODECS.items()} == {name: name for name in CODECS}


def test_every_protocol_and_every_surface_of_a_provider_has_a_codec():
    assert {*PROTOCOLS, *SURFACES} <= {*CODECS}
