"""Aliases, and whether everything that they name can be called."""

import pytest

from proxy.core.errors import Kind
from tests.support.configs import CANARY, loaded, problems

KEYED = {"OPENAI_API_KEY": CANARY}


def test_both_forms_of_an_alias_mean_the_same():
    short = loaded("models: {a: [mock/echo]}").models["a"]
    long = loaded("models: {a: {cascade: [{target: mock/echo}]}}").models["a"]

    assert short == long


def test_defaults_hold_where_an_alias_says_nothing():
    config = loaded(
        "defaults: {fallback_on: [unsupported], max_attempts: 3, model_in_answer: asked}\n"
        "models:\n  a: [mock/echo]\n"
        "  b: {cascade: [mock/echo], fallback_on: [], max_attempts: auto, model_in_answer: served}\n"
    )
    a, b = config.models["a"], config.models["b"]

    assert (a.fallback_on, a.max_attempts, a.model_in_answer) == ({Kind.UNSUPPORTED}, 3, "asked")
    assert (b.fallback_on, b.max_attempts, b.model_in_answer) == (set(), 0, "served")
    assert (config.fallback_on, config.max_attempts) == ({Kind.UNSUPPORTED}, 3)


def test_a_target_keeps_its_own_params_and_limits():
    alias = loaded(
        "models: {a: {cascade: [{target: mock/x, params: {n: 2}, retries: 1}], idle_timeout: 5s}}"
    ).models["a"]

    assert alias.cascade[0].params == {"n": 2}
    assert alias.cascade[0].limits == {"retries": 1}
    assert alias.limits == {"idle_timeout": 5.0}


def test_a_vendor_without_an_entry_is_used_where_its_variable_is_set():
    config = loaded("models: {a: [openai/x, grok/y]}", environ={**KEYED, "XAI_API_KEY": "k"})

    assert list(config.providers) == ["openai", "grok"]
    assert config.providers["grok"].vendor == "xai"


def test_a_vendor_that_needs_no_key_is_used_as_it_is():
    config = loaded("models: {a: [ollama/x]}", environ={})

    assert config.providers["ollama"].base_url == "http://localhost:11434"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "models: {a: [opanai/x]}",
            "the provider 'opanai' is not configured; did you mean 'openai'?",
        ),
        ("models: {a: [anthropic/x]}", "not configured and ANTHROPIC_API_KEY is not set; set it"),
        (
            "models: {a: [mine2/x]}\nproviders: {mine: {base_url: 'http://h'}}",
            "did you mean 'mine'?",
        ),
        ("models: {a: ['${W}/x']}", "the provider what '${W}' holds is not configured"),
        ("default_model: openai/", "got 'openai/', which is neither"),
        ("default_model: '${W}'", "got what '${W}' holds, which is neither"),
        ("default_model: '${W}/x'", "got what '${W}' holds, which is neither"),
    ],
)
def test_what_cannot_be_called_is_told(text, said):
    found = problems(text, environ={**KEYED, "W": CANARY})

    assert len(found) == 1
    assert said in found[0]
    assert CANARY not in found[0]


def test_a_broken_entry_is_told_once_and_not_again_where_it_is_named():
    text = "providers: {mine: {base_url: nope}}\nmodels: {a: [mine/x]}\ndefault_model: mine/y\n"

    assert len(problems(text)) == 1


def test_an_alias_whose_providers_are_all_off_is_warned_of():
    config = loaded(
        "providers: {openai: {}}\nmodels: {a: [openai/x], b: [openai/x, mock/y]}", environ={}
    )

    assert config.warnings == (
        "The provider openai is off: OPENAI_API_KEY is not set.",
        "The alias a cannot answer: all its providers are off.",
    )


def test_passthrough_may_go_to_one_host_under_two_names():
    text = (
        "providers:\n  a: {base_url: 'http://h/v1', api_key: passthrough}\n"
        "  b: {base_url: 'http://h/v2', api_key: passthrough}\nmodels: {c: [a/x, b/x, mock/y]}\n"
    )

    assert problems(text) == []


@pytest.mark.parametrize("name", ["chat", "openai/x", "gpt-9", "mock/echo", "groq/x", "openai:x"])
def test_a_default_model_may_be_anything_that_can_be_called(name):
    text = f"providers: {{openai: {{}}}}\nmodels: {{chat: [mock/echo]}}\ndefault_model: {name}\n"

    assert loaded(text).default_model == name


def test_a_vendor_without_an_entry_whose_key_is_unfit_is_off_with_a_warning():
    config = loaded("models: {a: [openai/x, mock/y]}", environ={"OPENAI_API_KEY": "a b"})

    assert config.providers["openai"].off == "OPENAI_API_KEY holds characters that no key has"
    assert config.warnings == (f"The provider openai is off: {config.providers['openai'].off}.",)
