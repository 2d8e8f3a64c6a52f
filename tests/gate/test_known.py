import asyncio
from dataclasses import replace

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate import known
from proxy.gate.known import BURST, EARLY, FRESH, LASTING, NOTHING, Known
from proxy.gate.link import Link
from proxy.gate.tenants import Key, Status, Team, key_document, team_document
from proxy.store.records import Table
from tests.support.moods import MoodyStore, Time


class House:
    def __init__(self):
        self.clock = Time()
        self.store = MoodyStore(self.clock)
        self.known = Known(Link(self.store, self.clock), self.clock)

    async def has(self, key=None, team=None):
        if team is None:
            team = Team("t")
        await self.store.insert(Table.TEAMS, team_document(team))
        await self.store.insert(Table.KEYS, key_document(key or Key("k", "t", "mark")))

    async def changes(self, change):
        key = Key("k", "t", "mark", version=1)
        assert await self.store.replace(Table.KEYS, key_document(change(key)))

    async def rests(self):
        for _ in range(10):
            await asyncio.sleep(0)


@pytest.fixture
def house():
    return House()


async def refusal(house, mark):
    with pytest.raises(ProxyError) as caught:
        await house.known.learn(mark)
    return caught.value


async def test_a_key_is_learned_once_and_then_known(house):
    await house.has()
    before = house.known.find("mark")
    learned = await house.known.learn("mark")

    assert before == (None, False)
    assert (learned.caller.key, learned.caller.team) == ("k", "t")
    assert house.known.find("mark") == (learned, True)
    assert house.store.did("marked") == 1


async def test_who_comes_while_it_is_learned_shares_the_question(house):
    await house.has()
    found = await asyncio.gather(*(house.known.learn("mark") for _ in range(20)))

    assert {standing.caller.key for standing in found} == {"k"}
    assert house.store.did("marked") == 1


@pytest.mark.parametrize("key", [None, Key("k", "t", "mark", status=Status.REVOKED)])
async def test_an_unknown_and_a_revoked_key_are_the_same_nothing_after_one_question(house, key):
    if key is not None:
        await house.has(key)
    learned = await house.known.learn("mark")

    assert learned is None
    assert house.known.find("mark") == (None, True)
    assert house.store.asked == ["marked"]


async def test_a_key_without_its_team_opens_nothing(house):
    await house.store.insert(Table.KEYS, key_document(Key("k", "gone", "mark")))

    assert await house.known.learn("mark") is None


async def test_nothing_is_asked_about_again_after_a_moment(house):
    await house.known.learn("mark")
    house.clock.at += NOTHING
    await house.has()

    assert house.known.find("mark") == (None, False)
    assert await house.known.learn("mark") is not None


async def test_a_suspended_team_is_known_as_that(house):
    await house.has(team=Team("t", status=Status.SUSPENDED))

    assert (await house.known.learn("mark")).is_suspended


async def test_a_key_is_looked_at_again_aside_before_it_is_stale(house):
    await house.has()
    first = await house.known.learn("mark")
    house.clock.at += EARLY
    found = house.known.find("mark")
    house.known.find("mark")
    await house.rests()

    assert found == (first, True)
    assert house.store.did("marked") == 2
    assert house.known.find("mark")[0].learned == house.clock.at


async def test_a_key_that_was_revoked_elsewhere_opens_nothing_after_a_minute(house):
    await house.has()
    await house.known.learn("mark")
    await house.changes(lambda key: replace(key, status=Status.REVOKED))
    house.clock.at += FRESH
    standing, is_sure = house.known.find("mark")

    assert standing is not None
    assert not is_sure
    assert await house.known.learn("mark") is None
    assert house.known.find("mark") == (None, True)


async def test_a_revoked_key_is_noticed_aside_when_it_is_used_within_the_minute(house):
    await house.has()
    await house.known.learn("mark")
    await house.changes(lambda key: replace(key, status=Status.REVOKED))
    house.clock.at += EARLY
    house.known.find("mark")
    await house.rests()

    assert house.known.find("mark") == (None, True)


async def test_a_known_key_serves_for_five_minutes_while_the_store_is_away(house):
    await house.has()
    standing = await house.known.learn("mark")
    house.store.away = True
    house.clock.at += FRESH
    first = house.known.find("mark")
    await house.known.learn("mark")
    house.clock.at = standing.learned + LASTING - 0.1
    last = house.known.find("mark")
    assert await house.known.learn("mark") == standing
    house.clock.at += 0.1

    assert first == (standing, False)
    assert last == (standing, True)
    assert house.known.find("mark") == (standing, False)
    assert (await refusal(house, "mark")).kind is Kind.SATURATED
    await house.rests()


async def test_a_key_that_is_not_known_cannot_be_told_while_the_store_is_away(house):
    house.store.away = True
    error = await refusal(house, "mark")

    assert (error.kind, error.retry_after) == (Kind.SATURATED, 1.0)


async def test_a_flood_of_unknown_keys_does_not_reach_the_store_call_by_call(house):
    for n in range(int(BURST)):
        await house.known.learn(f"m{n}")
    error = await refusal(house, "one more")
    house.clock.at += 1.0
    for n in range(100):
        await house.known.learn(f"n{n}")

    assert error.kind is Kind.SATURATED
    assert (await refusal(house, "again")).kind is Kind.SATURATED
    assert house.store.did("marked") == BURST + 100


async def test_a_key_that_is_known_is_learned_in_spite_of_a_flood(house):
    await house.has()
    await house.known.learn("mark")
    for n in range(int(BURST) - 1):
        await house.known.learn(f"m{n}")
    house.clock.at += FRESH
    house.known._misses = 0.0
    house.known._counted = house.clock.at

    assert (await house.known.learn("mark")).learned == house.clock.at


async def test_what_is_remembered_is_bounded(house, monkeypatch):
    monkeypatch.setattr(known, "MOST_NOTHINGS", 3)
    monkeypatch.setattr(known, "MOST_KNOWN", 1)
    await house.has()
    await house.store.insert(Table.KEYS, key_document(Key("k2", "t", "mark2")))
    for n in range(5):
        await house.known.learn(f"m{n}")
    await house.known.learn("mark")
    await house.known.learn("mark2")

    assert list(house.known._nothings) == ["m2", "m3", "m4"]
    assert list(house.known._known) == ["mark2"]


async def test_a_change_here_is_seen_at_the_next_call(house):
    await house.has()
    await house.known.learn("mark")
    await house.changes(lambda key: replace(key, status=Status.REVOKED))
    house.known.clear()

    assert house.known.find("mark") == (None, False)
    assert await house.known.learn("mark") is None


async def test_what_was_read_before_a_change_is_read_again(house):
    await house.has()
    asking = asyncio.ensure_future(house.known.learn("mark"))
    await asyncio.sleep(0)
    house.known.clear()

    assert (await asking).caller.key == "k"
    assert house.store.did("marked") == 2


async def test_who_leaves_while_it_is_learned_does_not_end_it_for_others(house):
    await house.has()
    one = asyncio.ensure_future(house.known.learn("mark"))
    other = asyncio.ensure_future(house.known.learn("mark"))
    await asyncio.sleep(0)
    one.cancel()

    assert (await other).caller.key == "k"
    assert one.cancelled()


async def test_closing_ends_what_is_being_asked(house):
    house.store.hangs = True
    asking = asyncio.ensure_future(house.known.learn("mark"))
    await asyncio.sleep(0)
    await house.known.close()
    await house.known.close()

    with pytest.raises(asyncio.CancelledError):
        await asking
