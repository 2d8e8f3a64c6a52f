import pytest

from proxy.codecs.web_search import can_search, options_of, place_of, searches_always, unsaid
from proxy.core.shape import Quirks, Target


def target(model="m", protocol="openai", **quirks):
    return Target("p", model, protocol, "http://h", quirks=Quirks(**quirks))


@pytest.mark.parametrize(
    ("to", "able"),
    [
        *((target(protocol=name), True) for name in ("anthropic", "gemini", "responses", "vertex")),
        (target(), False),
        (target(protocol="mistral"), False),
        (target("anthropic.claude-sonnet-4-5", protocol="bedrock"), False),
        (target("sonar-pro"), True),
        (target("gpt-5-Search-api"), True),
        (target("glm-deep-research"), False),
        (target(request=("openrouter_search",)), True),
    ],
)
def test_who_can_search(to, able):
    assert can_search(to) is able


@pytest.mark.parametrize(("model", "always"), [("sonar", True), ("gpt-5", False)])
def test_some_models_search_with_every_call(model, always):
    assert searches_always(model) is always


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({}, None),
        ({"user_location": "Cork"}, None),
        ({"user_location": {"type": "approximate"}}, None),
        (
            {"user_location": {"type": "approximate", "approximate": {"city": "Cork"}}},
            {"type": "approximate", "city": "Cork"},
        ),
    ],
)
def test_a_place_is_flat(options, place):
    assert place_of(options) == place


def test_wishes_that_are_left_out_are_named_and_those_that_say_nothing_are_not():
    wishes = {
        "type": "web_search_20250305",
        "sources": True,
        "required": True,
        "max_uses": 2,
        "allowed_domains": [],
        "blocked_domains": ["a.test"],
        "search_context_size": None,
    }

    assert unsaid(wishes, "blocked_domains") == ["tool_choice", "web_search_options.max_uses"]


@pytest.mark.parametrize(("value", "options"), [({"a": 1}, {"a": 1}), (True, {})])
def test_wishes_are_an_object(value, options):
    assert options_of(value) == options
