import pytest

from proxy.codecs.completions.need import as_completions, takes_completions
from proxy.core.shape import Capabilities, ChatRequest, Quirks, Target

CALL = ChatRequest({}, dialect="completions")


def at(base, model="qwen", protocol="openai"):
    return Target("p", model, protocol, base)


LOCAL = at("http://local.test/v1")


def test_a_provider_that_has_completions_is_sent_them():
    assert takes_completions(CALL, LOCAL, ("completions",))
    assert not takes_completions(CALL, LOCAL, ())


@pytest.mark.parametrize("dialect", ["chat", "responses", "embeddings"])
def test_no_other_call_is_one(dialect):
    assert not takes_completions(ChatRequest({}, dialect=dialect), LOCAL, ("completions",))


def test_another_protocol_has_none():
    assert not takes_completions(CALL, at("http://a", protocol="ollama"), ("completions",))


@pytest.mark.parametrize(
    ("model", "base", "taken"),
    [
        ("gpt-3.5-turbo-instruct", "https://api.openai.com/v1", True),
        ("gpt-3.5-turbo-instruct-0914", "https://eu.api.openai.com/v1", True),
        ("davinci-002", "https://api.openai.com/v1", True),
        ("ft:babbage-002:acme", "https://api.openai.com/v1", True),
        ("gpt-3.5-turbo", "https://api.openai.com/v1", False),
        ("gpt-5.4", "https://api.openai.com/v1", False),
        ("davinci-002", "https://elsewhere.test/v1", False),
        ("davinci-002", "", False),
    ],
)
def test_openais_base_models_know_nothing_else(model, base, taken):
    assert takes_completions(CALL, at(base, model), ()) is taken


def test_a_target_over_its_completions_has_none_of_the_quirks_of_its_chat():
    target = Target(
        "local",
        "qwen",
        "openai",
        "http://local.test/v1",
        quirks=Quirks(rename={"a": "b"}, stream_options=False, think_tags=True, request=("x",)),
        capabilities=Capabilities(prefill=False, context=10),
    )
    over = as_completions(target)

    assert (over.protocol, over.model, over.name) == ("completions", "qwen", "local/qwen")
    assert over.quirks == Quirks(rename={"a": "b"}, stream_options=False)
    assert over.capabilities == Capabilities(prefill=True, context=10)
