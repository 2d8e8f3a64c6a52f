from hypothesis import given
from hypothesis import strategies as st

from proxy.core import jsons
from proxy.gate.tenants import (
    Allowance,
    Key,
    Mode,
    Organization,
    Period,
    Status,
    Team,
    key_document,
    organization_document,
    read_key,
    read_organization,
    read_team,
    team_document,
)
from proxy.store.records import Document

names = st.text(min_size=1, max_size=10)
counts = st.none() | st.integers(1, 2**53)
models = st.lists(names, max_size=3).map(tuple)
allowances = st.builds(Allowance, counts, counts, counts, st.sampled_from(Period))
teams = st.builds(
    Team,
    id=names,
    organization=st.text(max_size=5),
    name=names,
    status=st.sampled_from(Status),
    mode=st.sampled_from(Mode),
    allowed_models=models,
    jobs_only=st.booleans(),
    default_model=names,
    credits_per_dollar=st.integers(1, 1000),
    tokens_per_credit=st.integers(1, 10**6),
    allowance=allowances,
    keeps_bodies=st.booleans(),
    created_at=st.floats(0, 2e9),
)
keys = st.builds(
    Key,
    id=names,
    team=names,
    mark=names,
    hint=names,
    name=names,
    status=st.sampled_from(Status),
    allowed_models=models,
    allowance=allowances,
    expires_at=st.none() | st.floats(0, 2e9),
    created_at=st.floats(0, 2e9),
)


def stored(document):
    """What a store gives back: the data has been JSON, and a version was counted."""
    data = jsons.decode(jsons.encode(document.data))
    return Document(document.id, data, document.owner, document.mark, 7)


@given(teams)
def test_a_team_is_read_as_it_was_written(team):
    read = read_team(stored(team_document(team)))

    assert (read, read.version) == (team, 7)


@given(keys)
def test_a_key_is_read_as_it_was_written(key):
    read = read_key(stored(key_document(key)))

    assert (read, read.version) == (key, 7)


def test_an_organisation_is_read_as_it_was_written():
    acme = Organization("acme", "Acme", 5.0)

    assert read_organization(stored(organization_document(acme))) == acme


def test_documents_of_an_older_version_have_the_defaults():
    assert read_team(Document("t", {}, owner="o")) == Team("t", "o")
    assert read_key(Document("k", {}, owner="t", mark="m")) == Key("k", "t", "m")
    assert read_organization(Document("o", {})) == Organization("o")


def test_a_key_shows_no_digest_in_print():
    assert "digest-of-it" not in repr(Key("k", "t", "digest-of-it"))
