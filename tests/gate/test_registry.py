from dataclasses import replace

import pytest

from proxy.gate.registry import ContestedError, Registry
from proxy.gate.tenants import Key, Organization, Status, Team
from proxy.gate.virtual_key import digest, is_key
from proxy.store.memory import MemoryStore
from proxy.store.records import Table


class Wall:
    def wall(self):
        return 1000.0

    def now(self):
        return 5.0


@pytest.fixture
def store():
    return MemoryStore(Wall())


@pytest.fixture
def changes():
    return []


@pytest.fixture
def registry(store, changes):
    return Registry(store, Wall(), lambda: changes.append(1))


async def test_a_key_is_given_out_once_and_kept_as_its_digest(registry, store):
    key, secret = await registry.issue(Key("", "acme", "", name="laptop"))
    document = await store.marked(Table.KEYS, digest(secret.reveal().encode()))

    assert is_key(secret.reveal().encode())
    assert (document.id, document.owner, key.hint) == (key.id, "acme", secret.hint)
    assert secret.reveal() not in repr(document.data) + repr(document) + repr(key)


async def test_a_draw_that_was_taken_is_drawn_again(registry, store, monkeypatch):
    drawn = iter(["1", "1", "2"])
    monkeypatch.setattr("proxy.gate.registry.secrets.token_hex", lambda _: next(drawn))
    first, _ = await registry.issue(Key("", "acme", ""))
    second, _ = await registry.issue(Key("", "acme", ""))

    assert (first.id, second.id) == ("key_1", "key_2")


async def test_a_revoked_key_keeps_its_record(registry):
    key, _ = await registry.issue(Key("", "acme", ""))
    await registry.revoke(key.id)

    assert (await registry.key(key.id)).status is Status.REVOKED
    assert await registry.revoke("nobody") is None


async def test_lists_come_in_pages_and_by_owner(registry):
    for name in "abc":
        await registry.add_team(Team(name, organization="o" if name != "b" else ""))
    await registry.add_organization(Organization("o"))
    for _ in range(2):
        await registry.issue(Key("", "a", ""))
    await registry.issue(Key("", "b", ""))
    page = await registry.teams(limit=2)

    assert [team.id for team in page.items] == ["a", "b"]
    assert [team.id for team in (await registry.teams(cursor=page.cursor)).items] == ["c"]
    assert [team.id for team in (await registry.teams("o")).items] == ["a", "c"]
    assert len((await registry.keys("a")).items) == 2
    assert [each.id for each in (await registry.organizations()).items] == ["o"]
    assert (await registry.organization("o")).created_at == 1000.0
    assert await registry.organization("p") is None


async def test_an_id_is_taken_once(registry):
    await registry.add_organization(Organization("o"))

    assert (await registry.add_team(Team("acme"))).created_at == 1000.0
    assert await registry.add_team(Team("acme")) is None
    assert await registry.add_organization(Organization("o")) is None


async def test_a_change_is_made_to_what_is_there_now(registry, store, changes):
    await registry.add_team(Team("acme"))
    tries = []

    def change(team):
        tries.append(team.version)
        if len(tries) == 1:
            # Somebody else was quicker.
            place, document = store._tables[Table.TEAMS]["acme"]
            store._tables[Table.TEAMS]["acme"] = (place, replace(document, version=9))
        return replace(team, name=f"{team.name}!")

    team = await registry.change_team("acme", change)

    assert (team.name, tries) == ("!", [1, 9])
    assert await registry.change_team("nobody", change) is None
    assert len(changes) == 2


async def test_who_is_never_quick_enough_is_told(registry, store, monkeypatch):
    async def refuse(*_):
        return False

    await registry.add_team(Team("acme"))
    monkeypatch.setattr(store, "replace", refuse)

    with pytest.raises(ContestedError):
        await registry.change_team("acme", lambda team: team)


async def test_a_deleted_team_takes_its_keys_along(registry, store):
    await registry.add_team(Team("acme"))
    for _ in range(150):
        await registry.issue(Key("", "acme", ""))
    other, _ = await registry.issue(Key("", "other", ""))

    assert await registry.delete_team("acme")
    assert not await registry.delete_team("acme")
    assert [key.id for key in (await registry.keys()).items] == [other.id]
    assert await registry.team("acme") is None


async def test_credits_are_granted_once_for_each_ref(registry):
    await registry.grant("acme", 100, "g1")
    await registry.grant("acme", 100, "g1", "again")
    balance = await registry.grant("acme", -30, "g2", "a mistake")

    assert balance.remaining == 70
    assert await registry.credits("acme") == balance
    assert await registry.grant("acme", -71, "g3") is None
