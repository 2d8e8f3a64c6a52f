"""The frozen records hold no secret that printing them would show."""

import dataclasses

import pytest

from proxy.config.schema import Config, Provider, StaticKey, TargetRef
from proxy.core.secret import Secret

CANARY = "sk-canary-0123456789abcdef"


def test_printing_a_configuration_shows_no_secret():
    provider = Provider(
        "p", "", "openai", "http://h", (Secret(CANARY),), headers=(("authorization", CANARY),)
    )
    ref = TargetRef("p", "m", {"token": CANARY})
    config = Config(providers={"p": provider})

    assert CANARY not in repr((config, StaticKey(Secret(CANARY)), ref))


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Config().source = "x"
