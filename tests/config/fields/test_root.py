"""The whole definition agrees with the records that hold it, and every key says what it does."""

import dataclasses

from proxy.config.fields.limits import CASCADING, LIMITS
from proxy.config.fields.root import PROFILE, ROOT
from proxy.config.kinds import Kind as ValueKind
from tests.support.config_page import rows
from tests.support.configs import loaded


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
