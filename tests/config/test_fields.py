"""The definition agrees with the records, the errors and the codecs that it speaks of."""

import dataclasses

import pytest

from proxy.config.fields import (
    CASCADING,
    FALLBACK,
    LIMITS,
    OVERRIDES,
    PROFILE,
    RATES,
    ROOT,
)
from proxy.config.kinds import Kind as ValueKind
from proxy.config.problems import ConfigError
from proxy.config.schema import Limits, Live, Server
from proxy.core.errors import MEANINGS, Blame
from proxy.engine.cascade import LEAST_TIME
from tests.support.config_page import rows
from tests.support.configs import loaded

KNOWN = {field.name for field in dataclasses.fields(Limits)}


def test_every_limit_is_a_field_of_the_record_and_the_other_way_round():
    assert set(LIMITS) == KNOWN - {"first_byte_written", "first_byte_reasoning", *RATES}


@pytest.mark.parametrize("name", LIMITS)
def test_a_limits_default_is_the_records(name):
    written = loaded(f"defaults: {{{name}: {LIMITS[name].default}}}").limits

    assert getattr(written, name) == getattr(Limits(), name)


def test_writing_every_default_changes_nothing():
    server = ROOT.fields["server"].kind.fields
    lines = ["defaults:"]
    lines += [f"  {name}: {field.default}" for name, field in {**LIMITS, **CASCADING}.items()]
    lines += ["server:"]
    lines += [f"  {name}: {field.default}" for name, field in server.items() if field.default]
    lines += ["auth: {required: false, keys: []}", "log: {format: auto}", "store: 'memory:'"]
    written, bare = loaded("\n".join(lines)), loaded("")
    told = dataclasses.replace(written.limits, first_byte_written=False, first_byte_reasoning=300.0)

    assert told == bare.limits
    assert (written.server, written.log) == (bare.server, bare.log)
    assert written.store == bare.store
    assert (written.max_attempts, written.fallback_on) == (bare.max_attempts, bare.fallback_on)
    assert written.live == bare.live


def test_what_keeps_a_stream_alive_is_a_field_of_the_record_and_the_other_way_round():
    assert CASCADING.keys() - {field.name for field in dataclasses.fields(Live)} == {
        "max_attempts",
        "fallback_on",
        "model_in_answer",
    }
    assert {field.name for field in dataclasses.fields(Live)} <= CASCADING.keys()


def test_a_servers_settings_are_fields_of_the_record_and_the_other_way_round():
    known = {field.name for field in dataclasses.fields(Server)}
    written = ROOT.fields["server"].kind.fields

    # An address is one key and two fields.
    assert {name for name in known if not name.endswith(("host", "port"))} == {
        name for name in written if not name.endswith("listen")
    }


def test_overrides_have_no_default_of_their_own():
    assert OVERRIDES.keys() == LIMITS.keys()
    assert not any(field.default for field in OVERRIDES.values())


def test_only_the_callers_own_errors_can_be_set_to_fall_back():
    assert all(MEANINGS[kind].blame is Blame.CALLER for kind in FALLBACK)


def test_every_key_says_what_it_does_in_one_sentence():
    for row in rows():
        assert row.doc.endswith("."), row.path
        assert "\n" not in row.doc


def test_a_profile_may_say_all_but_profiles():
    assert PROFILE.fields.keys() == ROOT.fields.keys() - {"profiles"}
    assert not any(field.required for field in PROFILE.fields.values())


def test_every_kind_keeps_the_contract():
    for field in ROOT.fields.values():
        kind: ValueKind = field.kind

        assert kind.label


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
