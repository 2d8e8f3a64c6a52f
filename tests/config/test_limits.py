"""Which limit wins, and what a first-byte timeout means where it was written."""

import pytest

from proxy.config.limits import resolve
from proxy.config.schema import TargetRef
from tests.support.configs import loaded

PROVIDERS = "providers:\n  p: {base_url: 'http://h/v1'%s}\n"


def limits(*, defaults="", provider="", alias="", target="", steps=1, **options):
    """The limits of the last step of an alias."""
    others = "mock/echo, " * (steps - 1)
    text = (
        f"defaults: {{{defaults}}}\n"
        + PROVIDERS % (provider and f", {provider}")
        + f"models: {{a: {{cascade: [{others}{{target: p/m{target and ', ' + target}}}]"
        + f"{alias and ', ' + alias}}}}}\n"
    )
    config = loaded(text)
    chosen = config.models["a"]
    return resolve(config, chosen, chosen.cascade[-1], **options)


def test_the_nearest_wins():
    said = {"defaults": "retries: 1", "provider": "retries: 2", "alias": "retries: 3"}

    assert limits().retries == 0
    assert limits(defaults="retries: 1").retries == 1
    assert limits(defaults="retries: 1", provider="retries: 2").retries == 2
    assert limits(**said).retries == 3
    assert limits(**said, target="retries: 4").retries == 4


def test_what_nobody_says_is_the_default():
    found = limits(provider="connect_timeout: 1s", target="max_event: 1KiB")

    assert (found.connect_timeout, found.max_event, found.idle_timeout) == (1.0, 1024, 60.0)


@pytest.mark.parametrize("where", ["defaults", "provider", "alias", "target"])
def test_what_a_hedge_a_commit_and_a_long_prompt_ask_for_can_be_said_anywhere(where):
    said = "hedge_after: 1500ms, commit: complete, first_byte_per_100k_tokens: 20s"
    found = limits(**{where: said})

    assert found.hedge_after == 1.5
    assert found.commit == "complete"
    assert found.first_byte_per_100k_tokens == 20.0


def test_off_nearer_to_the_target_wins_over_a_hedge_further_away():
    assert limits(defaults="hedge_after: p95").hedge_after == "p95"
    assert limits(defaults="hedge_after: p95", alias="hedge_after: off").hedge_after is None
    assert limits(alias="hedge_after: off", target="hedge_after: 1s").hedge_after == 1.0


def test_a_target_of_a_pool_has_limits_of_its_own_and_is_not_alone():
    chosen = loaded(
        "models: {a: {cascade: [{pool: [{target: mock/x, retries: 3}, mock/y]}], "
        "first_byte_timeout: 8s}}"
    )
    alias = chosen.models["a"]
    first, second = (resolve(chosen, alias, ref) for ref in alias.refs)

    assert (first.retries, second.retries) == (3, 0)
    assert not first.first_byte_written


WRITTEN = "first_byte_timeout: 8s"


@pytest.mark.parametrize(
    ("where", "steps", "binds"),
    [
        (None, 1, False),
        ("defaults", 1, True),
        ("provider", 1, True),
        ("alias", 1, True),
        ("target", 1, True),
        (None, 2, False),
        ("defaults", 2, False),
        ("provider", 2, False),
        ("alias", 2, False),
        ("target", 2, True),
    ],
)
def test_a_first_byte_timeout_binds_the_last_target_where_it_was_meant_for_it(where, steps, binds):
    found = limits(steps=steps, **({where: WRITTEN} if where else {}))

    assert found.first_byte_written is binds
    assert found.first_byte_timeout == (8.0 if where else 60.0)


@pytest.mark.parametrize("where", ["defaults", "provider", "alias", "target"])
def test_reasoning_gets_no_more_than_what_was_written_anywhere(where):
    assert limits().first_byte_reasoning == 300.0
    assert limits(steps=2, **{where: WRITTEN}).first_byte_reasoning == 8.0
    assert limits(**{where: "first_byte_timeout: 60s"}).first_byte_reasoning == 60.0


def test_the_nearest_first_byte_timeout_serves_reasoning_too():
    assert limits(defaults=WRITTEN, target="first_byte_timeout: 2s").first_byte_reasoning == 2.0


def test_a_target_named_directly_is_a_cascade_of_one():
    config = loaded(f"defaults: {{{WRITTEN}}}\n" + PROVIDERS % "")
    ref = TargetRef("p", "m")

    assert resolve(config, None, ref).first_byte_written
    assert not resolve(config, None, ref, alone=False).first_byte_written


def test_a_caller_may_say_that_an_alias_stands_among_others():
    assert not limits(alias=WRITTEN, alone=False).first_byte_written


def test_a_provider_that_is_not_configured_has_no_say():
    assert resolve(loaded(""), None, TargetRef("mock", "echo")) == loaded("").limits
