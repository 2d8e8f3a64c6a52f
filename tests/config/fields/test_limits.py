"""The keys of limits and cascades agree with the records and the errors that they speak of."""

import dataclasses

import pytest

from proxy.config.fields.limits import ATTEMPT, CASCADING, FALLBACK, LIMITS, OVERRIDES, RATES
from proxy.config.problems import ConfigError
from proxy.config.schema import Limits, Live
from proxy.core.errors import MEANINGS, Blame
from proxy.engine.dispatch import LEAST_TIME
from tests.support.configs import loaded

KNOWN = {field.name for field in dataclasses.fields(Limits)}


def test_every_limit_is_a_field_of_the_record_and_the_other_way_round():
    assert set(LIMITS) == KNOWN - {"first_byte_written", "first_byte_reasoning", *RATES}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limits_default_is_the_records(name):
    written = loaded(f"defaults: {{{name}: {LIMITS[name].default}}}").limits

    assert getattr(written, name) == getattr(Limits(), name)


def test_what_keeps_a_stream_alive_is_a_field_of_the_record_and_the_other_way_round():
    assert CASCADING.keys() - {field.name for field in dataclasses.fields(Live)} == {
        "max_attempts",
        "fallback_on",
        "model_in_answer",
    }
    assert {field.name for field in dataclasses.fields(Live)} <= CASCADING.keys()


def test_overrides_have_no_default_of_their_own():
    assert OVERRIDES.keys() == LIMITS.keys()
    assert not any(field.default for field in OVERRIDES.values())


def test_only_the_callers_own_errors_can_be_set_to_fall_back():
    assert all(MEANINGS[kind].blame is Blame.CALLER for kind in FALLBACK)


def test_what_bounds_one_attempt_alone_is_an_override_too():
    assert ATTEMPT.keys() <= OVERRIDES.keys()
    assert all(field.doc != OVERRIDES[name].doc for name, field in ATTEMPT.items())
    assert not any(field.default for field in ATTEMPT.values())


@pytest.mark.parametrize(
    "text",
    [
        "defaults: {{total_timeout: {}}}",
        "models: {{chat: {{cascade: [mock/echo], total_timeout: {}}}}}",
    ],
)
def test_a_whole_call_has_time_for_an_attempt(text):
    assert LIMITS["total_timeout"].kind.least > LEAST_TIME
    loaded(text.format("1100ms"))
    with pytest.raises(ConfigError, match="at least 1100ms and at most 7 days, got '1s'"):
        loaded(text.format("1s"))


def test_an_attempt_at_one_target_may_take_less():
    alias = loaded("models: {chat: [{target: mock/echo, total_timeout: 500ms}]}").models["chat"]

    assert alias.refs[0].limits["total_timeout"] == 0.5
