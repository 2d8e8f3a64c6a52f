import json

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import ChatRequest
from tests.support.google import CODECS, HELLO, call, config, native, target

ARGON, PRO_3, FLASH_3 = "gemini-4-argon", "gemini-3-pro-preview", "gemini-3-flash"
PRO, FLASH, LITE = "gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"


def wish(model, **fields):
    return config(model, **fields).get("thinkingConfig")


@pytest.mark.parametrize(
    ("model", "effort", "level"),
    [
        (ARGON, "none", "LOW"),
        (ARGON, "minimal", "LOW"),
        (ARGON, "low", "LOW"),
        (ARGON, "medium", "MEDIUM"),
        (ARGON, "high", "HIGH"),
        (ARGON, "xhigh", "HIGH"),
        (ARGON, "max", "HIGH"),
        (PRO_3, "medium", "HIGH"),
        (PRO_3, "minimal", "LOW"),
        (FLASH_3, "none", "MINIMAL"),
        (FLASH_3, "minimal", "MINIMAL"),
        (FLASH_3, "low", "LOW"),
    ],
)
def test_an_effort_becomes_the_level_that_the_model_has(model, effort, level):
    thoughts = {} if effort == "none" else {"includeThoughts": True}

    assert wish(model, reasoning_effort=effort) == {"thinkingLevel": level, **thoughts}


@pytest.mark.parametrize(
    ("model", "effort", "budget"),
    [
        (FLASH, "none", 0),
        (FLASH, "minimal", 1_024),
        (FLASH, "low", 4_096),
        (FLASH, "medium", 8_192),
        (FLASH, "high", 24_576),
        (FLASH, "max", 24_576),
        (PRO, "none", 128),
        (PRO, "high", 32_768),
        (LITE, "minimal", 1_024),
    ],
)
def test_an_effort_becomes_a_budget_on_older_models(model, effort, budget):
    assert wish(model, reasoning_effort=effort)["thinkingBudget"] == budget


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        (FLASH, {"type": "enabled", "budget_tokens": 5_000}, {"thinkingBudget": 5_000}),
        (PRO, {"type": "enabled", "budget_tokens": 50}, {"thinkingBudget": 128}),
        (PRO, {"type": "enabled", "budget_tokens": 10**6}, {"thinkingBudget": 32_768}),
        (PRO, {"type": "adaptive"}, {"thinkingBudget": 8_192}),
        (PRO, {"type": "enabled", "budget_tokens": True}, {"thinkingBudget": 8_192}),
        (PRO_3, {"type": "enabled", "budget_tokens": 2_000}, {"thinkingLevel": "LOW"}),
        (ARGON, {"type": "enabled", "budget_tokens": 9_000}, {"thinkingLevel": "MEDIUM"}),
        (ARGON, {"type": "enabled", "budget_tokens": 90_000}, {"thinkingLevel": "HIGH"}),
    ],
)
def test_thinking_as_anthropics_clients_write_it(model, thinking, expected):
    assert wish(model, thinking=thinking) == {**expected, "includeThoughts": True}


def test_thinking_that_is_switched_off():
    assert wish(FLASH, thinking={"type": "disabled"}) == {"thinkingBudget": 0}
    assert wish(FLASH, thinking={"type": "between_tools"}) == {"thinkingBudget": 0}


def test_an_effort_comes_before_thinking_but_keeps_its_budget():
    budget = {"type": "enabled", "budget_tokens": 3_000}

    assert wish(FLASH, reasoning_effort="high", thinking=budget)["thinkingBudget"] == 3_000
    assert wish(ARGON, reasoning_effort="high", thinking=budget)["thinkingLevel"] == "HIGH"


def test_nothing_is_said_where_nothing_was_asked():
    assert wish(ARGON) is None


@pytest.mark.parametrize(
    ("fields", "dropped"),
    [
        ({"reasoning_effort": "high"}, ("reasoning_effort",)),
        ({"thinking": {"type": "enabled"}}, ("thinking",)),
        ({"reasoning_effort": "none"}, ()),
    ],
)
def test_a_model_that_cannot_think_is_not_asked_to(fields, dropped):
    made = call("gemini-2.0-flash", **fields)

    assert made.dropped == dropped
    assert "generationConfig" not in native("gemini-2.0-flash", **fields)


@pytest.mark.parametrize("form", ["thinking_config", "thinkingConfig"])
def test_the_providers_own_form_passes_and_comes_first(form):
    given = {form: {"thinking_level": "LOW", "includeThoughts": False}}

    assert wish(ARGON, reasoning_effort="high", **given) == {
        "thinkingLevel": "LOW",
        "includeThoughts": False,
    }


@pytest.mark.parametrize("effort", ["extreme", 3])
def test_an_unknown_effort_is_refused(effort):
    with pytest.raises(ProxyError, match=f"reasoning effort '{effort}'") as caught:
        call(ARGON, reasoning_effort=effort)

    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.param == "reasoning_effort"


@pytest.mark.parametrize(
    ("model", "fields", "limit"),
    [
        (ARGON, {}, 100 + 1_024),
        (FLASH, {"reasoning_effort": "low"}, 100 + 4_096),
        (FLASH, {"reasoning_effort": "none"}, 100),
        (FLASH, {"thinking_config": {"thinkingBudget": -1}}, 100 + 1_024),
        (LITE, {}, 100),
        ("gemini-2.0-flash", {}, 100),
    ],
)
def test_a_limit_leaves_room_for_the_answer(model, fields, limit):
    assert config(model, max_completion_tokens=100, **fields)["maxOutputTokens"] == limit


@pytest.mark.parametrize("model", [PRO_3, PRO, FLASH])
def test_what_a_model_thinks_unasked_is_shown_to_who_would_see_it(model):
    assert wish(model, include_reasoning=True) == {"includeThoughts": True}
    assert call(model, include_reasoning=True).dropped == ()
    assert config(model, include_reasoning=True, max_tokens=100)["maxOutputTokens"] == 1_124


@pytest.mark.parametrize(
    ("model", "asked"), [(LITE, True), ("gemini-2.0-flash", True), (PRO, False)]
)
def test_nobody_is_made_to_think_by_who_would_see_it_or_would_not(model, asked):
    encoded = call(model, include_reasoning=asked)

    assert "thinkingConfig" not in json.loads(encoded.body).get("generationConfig", {})
    assert encoded.dropped == ("include_reasoning",)


def test_a_limit_is_not_raised_beyond_what_models_have():
    assert config(ARGON, max_tokens=65_000)["maxOutputTokens"] == 65_536
    assert config(ARGON, max_tokens=100_000)["maxOutputTokens"] == 100_000


@pytest.mark.parametrize(
    ("dialect", "thinking", "limit"),
    [
        ("chat", {"type": "enabled", "budget_tokens": 2_000}, 6_000),
        ("messages", {"type": "enabled", "budget_tokens": 2_000}, 4_000),
        ("messages", {"type": "adaptive"}, 4_000 + 8_192),
        # It thinks unasked, and nobody made room for that.
        ("messages", None, 4_000 + 1_024),
    ],
)
def test_a_limit_of_the_messages_api_has_room_for_its_budget(dialect, thinking, limit):
    body = {"messages": HELLO, "max_tokens": 4_000, "thinking": thinking}
    encoded = CODECS["gemini"].encode(ChatRequest(body=body, dialect=dialect), target(PRO))

    assert json.loads(encoded.body)["generationConfig"]["maxOutputTokens"] == limit


def test_a_limit_that_an_api_insists_on_is_within_the_models():
    body = {"messages": HELLO, "max_tokens": 128_000}
    encoded = CODECS["gemini"].encode(ChatRequest(body=body, dialect="messages"), target(PRO))

    assert json.loads(encoded.body)["generationConfig"]["maxOutputTokens"] == 65_536
