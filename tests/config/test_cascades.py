"""Aliases, and whether everything that they name can be called."""

import pytest

from proxy.config.schema import Live, PoolRef, TargetRef
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


def test_what_keeps_a_stream_alive_is_merged_over_the_defaults_field_by_field():
    config = loaded(
        "defaults: {warm_after: 5s, recover: restart, resume_prompt: More.}\n"
        "models:\n  a: [mock/echo]\n"
        "  b: {cascade: [mock/echo], heartbeat: 2s, recover: off}\n"
    )

    assert config.live == Live(5.0, 15.0, "restart", "More.")
    assert config.models["a"].live == config.live
    assert config.models["b"].live == Live(5.0, 2.0, "off", "More.")


def test_a_pool_is_a_step_of_equals():
    alias = loaded(
        "models: {a: [mock/x, {pool: [mock/y, {target: mock/z, weight: 3, params: {n: 1}}], "
        "balance: weighted}]}"
    ).models["a"]
    pool = PoolRef(
        (TargetRef("mock", "y"), TargetRef("mock", "z", {"n": 1}, weight=3.0)), "weighted"
    )

    assert alias.cascade == (TargetRef("mock", "x"), pool)
    assert [ref.model for ref in alias.refs] == ["x", "y", "z"]


def test_a_pool_of_one_is_a_pool_and_goes_to_who_is_least_busy():
    alias = loaded("models: {a: [{pool: [mock/x]}]}").models["a"]

    assert alias.cascade == (PoolRef((TargetRef("mock", "x"),), "least_busy"),)


def test_a_pool_of_which_nothing_is_left_is_told_of_and_no_more():
    text = "models: {a: [{pool: [{params: {}}]}, mock/x]}"

    assert [line.split(": ", 2)[1] for line in problems(text)] == ["models.a[0].pool[0]"]


def test_a_vendor_is_found_for_the_targets_of_a_pool_too():
    config = loaded("models: {a: [{pool: [grok/x, mock/y]}]}", environ={"XAI_API_KEY": "k"})

    assert config.providers["grok"].vendor == "xai"


PREFILL = "models: {a: {cascade: [{pool: [mock/x, {target: mock/y%s}]}], recover: %s}}"


def test_to_recover_by_prefill_without_a_target_that_takes_one_is_warned_of():
    (warning,) = loaded(PREFILL % ("", "prefill")).warnings
    (inherited,) = loaded("defaults: {recover: prefill}\nmodels: {a: [mock/x]}").warnings

    assert warning == (
        "The alias a recovers by prefill, and none of its targets is known to take one: each is asked as "
        "with user_turn. Those that do can say `capabilities: {prefill: true}`."
    )
    assert inherited == warning


@pytest.mark.parametrize(
    ("said", "recover"),
    [(", capabilities: {prefill: true}", "prefill"), ("", "user_turn"), ("", "off")],
)
def test_one_target_that_takes_a_prefill_is_enough(said, recover):
    assert loaded(PREFILL % (said, recover)).warnings == ()


def test_of_a_target_with_a_provider_what_it_says_itself_counts_too():
    provider = "providers: {p: {base_url: 'http://h/v1'}}\n"
    text = provider + "models: {a: {cascade: [p/x%s], recover: prefill}}"

    assert len(loaded(text % "").warnings) == 1
    assert loaded(text % ", {target: p/y, capabilities: {prefill: true}}").warnings == ()


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


def test_a_star_that_stands_for_nothing_is_warned_of():
    config = loaded("models: {'claude-*': [mock/x], a: [mock/*, mock/y], '*': [mock/*]}")

    assert config.warnings == (
        "The alias claude-* answers to exactly this name: a star stands for others only where it is the whole name.",
        (
            "The target mock/* of the alias a is a model named '*': it stands for the model that was asked for only "
            "under the alias '*'."
        ),
    )


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


def test_an_alias_may_have_a_cache():
    config = loaded("models: {a: {cascade: [mock/echo], cache: {ttl: 10m}}, b: [mock/echo]}")

    assert config.models["a"].cache == 600.0
    assert config.models["b"].cache == 0.0


def test_a_cache_has_a_time():
    text = "models: {a: {cascade: [mock/echo], cache: {}}}"

    assert any("ttl" in each for each in problems(text))
