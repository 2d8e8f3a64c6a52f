"""What an operator is told who writes another gateway's keys, or ours one section away."""

import pytest

from proxy.config.fields.limits import CASCADING, LIMITS
from proxy.config.fields.root import ROOT
from proxy.config.foreign import CLOCKS, LIVE, TABLES, meant
from proxy.config.sections import Either, ListOf, MapOf, Record, Shorthand
from tests.support.configs import problems


def records(kind):
    """Every record of the file's definition, by its name."""
    if isinstance(kind, Record):
        yield kind
        for known in kind.fields.values():
            yield from records(known.kind)
    elif isinstance(kind, MapOf | ListOf):
        yield from records(kind.kind)
    elif isinstance(kind, Shorthand):
        yield from records(kind.record)
    elif isinstance(kind, Either):
        yield from records(kind.usual)
        yield from records(kind.other)


RECORDS = {record.name.removesuffix("-part"): record for record in records(ROOT)}


def test_every_table_is_of_a_section_that_there_is():
    assert set(TABLES) <= set(RECORDS)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_no_key_of_a_section_is_called_foreign_there(name):
    assert not set(TABLES[name]) & {*RECORDS[name].fields, *RECORDS[name].elsewhere}


def test_the_keys_of_other_sections_are_all_of_them():
    assert set(CLOCKS) == set(LIMITS)
    assert set(LIVE) == set(CASCADING)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("model_list: []", "model_list: unknown key; it is another gateway's: `providers` has"),
        ("retries: 2", "retries: unknown key; it stands under `defaults`"),
        ("cooldown: {}", "cooldown: unknown key; nothing to write:"),
        ("credential_list: []", "credential_list: unknown key; it is another gateway's:"),
        ("environment_variables: {}", "environment_variables: unknown key; variables are those"),
        ("model_group_alias: {}", "model_group_alias: unknown key; `models` maps each name"),
        ("callback_settings: {}", "callback_settings: unknown key; there is none here"),
        ("server: {port: 4000}", "server.port: unknown key; the key is `listen`: HOST:PORT"),
        ("auth: {master_key: x}", "auth.master_key: unknown key; the key is `admin_key`"),
        ("defaults: {timeout: 30}", "defaults.timeout: unknown key; each wait has its clock:"),
        (
            "providers: {openai: {api_base: http://a}}",
            "providers.openai.api_base: unknown key; the key is `base_url`",
        ),
        (
            "models: {a: {cascade: [mock/echo], fallbacks: [b]}}",
            "models.a.fallbacks: unknown key; write them as further steps of the `cascade`",
        ),
        (
            "models: {a: {cascade: [mock/echo], temperature: 1}}",
            "models.a.temperature: unknown key; it stands beside a target: `{target: …, params: {…}}`",
        ),
        (
            "models: {a: [{target: mock/echo, recover: prefill}]}",
            "models.a[0].recover: unknown key; it is said for an alias",
        ),
        (
            "profiles: {dev: {defaults: {num_retries: 1}}}",
            "profiles.dev.defaults.num_retries: unknown key; the key is `retries`",
        ),
    ],
)
def test_what_to_write_instead_is_told(text, told):
    assert any(f": {told}" in problem for problem in problems(text)), problems(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "models: {a: {model: mock/echo}}",
            "firstbyte.yaml:1:14: models.a.model: unknown key; the key is `cascade`: a list of targets",
        ),
        (
            "models: {a: [{model: mock/echo}]}",
            "firstbyte.yaml:1:15: models.a[0].model: unknown key; the key is `target`, with both names in one: `provider/model`",
        ),
    ],
)
def test_one_key_in_place_of_another_is_one_mistake(text, told):
    assert problems(text) == [told]


def test_a_key_that_is_missing_beside_a_foreign_one_is_told_as_well():
    found = problems("models: {a: {fallbacks: [b]}}")

    assert [problem for problem in found if "expected the key 'cascade'" in problem]


def test_of_any_other_key_nothing_is_known():
    assert meant("provider", "colour") == ""
    assert meant("tls", "timeout") == ""
