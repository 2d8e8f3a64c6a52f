"""What every store must do: one set of tests over memory, SQLite and a real Redis."""

import asyncio
from dataclasses import replace

import pytest

from proxy.store.records import (
    MOST,
    Ask,
    Balance,
    By,
    CallRow,
    Conclusion,
    Correction,
    Document,
    Finding,
    Granted,
    Hold,
    Limited,
    Settled,
    Settlement,
    Short,
    Sum,
    Table,
    Want,
)

KEYS = Table.KEYS


def ask(*holds):
    return Ask(holds=holds)


def hold(name, amount=1, account="credits:acme", seconds=60.0, ceiling=None):
    return Hold(name, account, amount, seconds, ceiling)


def call(name, at=1_790_000_000.0, **given):
    fields = {
        "surface": "chat",
        "alias": "chat",
        "asked": "chat",
        "target": "one/m",
        "outcome": "served",
        "status": 200,
        "stream": False,
    }
    return CallRow(name, at, **fields | given)


async def told(store, account):
    """What an account's lines come to: granted, held, spent."""
    sums = dict.fromkeys(("grant", "hold", "settle", "release"), 0)
    for line in await store.entries(account=account, limit=10_000):
        sums[line.kind] += line.amount
    return sums["grant"], sums["hold"] - sums["settle"] - sums["release"], sums["settle"]


async def adds_up(store, *accounts):
    for account in accounts:
        balance = await store.balance(account)

        assert (balance.granted, balance.held, balance.spent) == await told(store, account)
        assert balance.held >= 0
        assert balance.spent >= 0
    assert await store.check() == []


# Documents.


async def test_a_document_is_found_by_its_id_and_by_its_mark(subject):
    async with subject as store:
        kept = Document("k1", {"models": ["chat"], "n": 1.5, "none": None}, "acme", "digest")

        assert await store.insert(KEYS, kept)
        assert await store.get(KEYS, "k1") == replace(kept, version=1)
        assert await store.marked(KEYS, "digest") == replace(kept, version=1)
        assert (await store.get(KEYS, "k1")).data == kept.data


async def test_what_is_not_there_is_not_found(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {}))

        assert await store.get(KEYS, "k2") is None
        assert await store.get(Table.TEAMS, "k1") is None
        assert await store.marked(KEYS, "digest") is None
        assert await store.marked(KEYS, "") is None
        assert not await store.delete(KEYS, "k2")
        assert not await store.replace(KEYS, Document("k2", {}, version=1))


async def test_a_taken_id_or_mark_is_refused(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {"n": 1}, mark="m"))

        assert not await store.insert(KEYS, Document("k1", {"n": 2}, mark="other"))
        assert not await store.insert(KEYS, Document("k2", {"n": 3}, mark="m"))
        assert (await store.get(KEYS, "k1")).data == {"n": 1}
        assert await store.get(KEYS, "k2") is None
        assert await store.marked(KEYS, "other") is None


async def test_documents_without_a_mark_are_no_twins(subject):
    async with subject as store:
        assert await store.insert(KEYS, Document("k1", {}))
        assert await store.insert(KEYS, Document("k2", {}))


async def test_tables_are_strangers(subject):
    async with subject as store:
        assert await store.insert(Table.KEYS, Document("x", {"n": 1}, mark="m"))
        assert await store.insert(Table.TEAMS, Document("x", {"n": 2}, mark="m"))
        assert (await store.marked(Table.TEAMS, "m")).data == {"n": 2}


async def test_a_change_needs_the_version_that_was_read(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {"n": 1}, "acme", "m"))
        first = await store.get(KEYS, "k1")

        assert await store.replace(KEYS, replace(first, data={"n": 2}))
        assert not await store.replace(KEYS, replace(first, data={"n": 3}))
        assert await store.get(KEYS, "k1") == Document("k1", {"n": 2}, "acme", "m", 2)


async def test_of_two_who_change_at_once_one_is_told_so(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {"n": 0}))
        read = await store.get(KEYS, "k1")
        went = await asyncio.gather(
            *(store.replace(KEYS, replace(read, data={"n": n})) for n in range(5))
        )

        assert sorted(went) == [False] * 4 + [True]


async def test_a_change_may_move_the_mark_and_the_owner(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {}, "acme", "m"))
        await store.insert(KEYS, Document("k2", {}, "acme", "taken"))

        assert not await store.replace(KEYS, Document("k1", {}, "acme", "taken", 1))
        assert await store.replace(KEYS, Document("k1", {}, "beta", "new", 1))
        assert await store.marked(KEYS, "m") is None
        assert (await store.marked(KEYS, "new")).id == "k1"
        assert (await store.marked(KEYS, "taken")).id == "k2"
        assert [each.id for each in (await store.page(KEYS, owner="beta")).documents] == ["k1"]
        assert [each.id for each in (await store.page(KEYS, owner="acme")).documents] == ["k2"]
        assert await store.insert(KEYS, Document("k3", {}, mark="m"))
        assert await store.replace(KEYS, Document("k3", {}, version=1))
        assert await store.marked(KEYS, "m") is None


async def test_what_is_deleted_is_gone_and_its_names_are_free(subject):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {"n": 1}, "acme", "m"))

        assert await store.delete(KEYS, "k1")
        assert not await store.delete(KEYS, "k1")
        assert await store.get(KEYS, "k1") is None
        assert await store.marked(KEYS, "m") is None
        assert (await store.page(KEYS, owner="acme")).documents == ()
        assert await store.insert(KEYS, Document("k1", {"n": 2}, "acme", "m"))


async def test_pages_are_oldest_first_and_whole(subject):
    async with subject as store:
        for n in range(7):
            await store.insert(KEYS, Document(f"k{n}", {"n": n}, "acme" if n % 2 else "beta"))
        seen, cursor = [], ""
        while True:
            page = await store.page(KEYS, cursor=cursor, limit=3)
            seen += [each.id for each in page.documents]
            cursor = page.cursor
            if not cursor:
                break
        odd = await store.page(KEYS, owner="acme", limit=2)
        rest = await store.page(KEYS, owner="acme", limit=2, cursor=odd.cursor)

        assert seen == [f"k{n}" for n in range(7)]
        assert [each.id for each in odd.documents] == ["k1", "k3"]
        assert [each.id for each in rest.documents] == ["k5"]
        assert rest.cursor == ""


async def test_a_changed_document_keeps_its_place_in_the_list(subject):
    async with subject as store:
        for n in range(3):
            await store.insert(KEYS, Document(f"k{n}", {}, "acme"))
        await store.replace(KEYS, Document("k0", {"new": True}, "acme", version=1))

        assert [each.id for each in (await store.page(KEYS)).documents] == ["k0", "k1", "k2"]


async def test_a_page_that_is_exactly_full_says_that_it_is_the_last(subject):
    async with subject as store:
        for n in range(2):
            await store.insert(KEYS, Document(f"k{n}", {}))

        assert (await store.page(KEYS, limit=2)).cursor == ""


@pytest.mark.parametrize("cursor", ["no-cursor", "-", "9" * 40, "0 OR 1=1", "(", "+"])
async def test_a_made_up_cursor_finds_nothing(subject, cursor):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {}, "acme"))
        await store.grant("credits:acme", 1, "g1")
        await store.conclude([Conclusion(row=call("c1"))])

        assert (await store.page(KEYS, cursor=cursor)).documents == ()
        assert (await store.page(KEYS, owner="acme", cursor=cursor)).documents == ()
        assert await store.entries(cursor=cursor) == []
        assert await store.entries(account="credits:acme", cursor=cursor) == []
        assert await store.rows(Finding(), cursor=cursor) == []


HOSTILE = ["'; DROP TABLE documents; --", "a:b", "*", "?[a]", "{x}", "\x00", "ä\n", "%s", "\ud800"]


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_is_only_a_name(subject, name):
    async with subject as store:
        await store.insert(KEYS, Document("k1", {}, "acme", "m"))
        kept = await store.insert(KEYS, Document(name, {"n": name}, name, name))
        await store.put(name, b"v", 60)

        assert kept
        assert (await store.get(KEYS, name)).data == {"n": name}
        assert (await store.marked(KEYS, name)).version == 1
        assert len((await store.page(KEYS, owner=name)).documents) == 1
        assert await store.note(name) == b"v"
        assert (await store.balance(name)).remaining == 0
        assert await store.entries(account=name) == []
        assert len((await store.page(KEYS)).documents) == 2


# Limits.


def want(amount=1, per_minute=10, limit="requests:key:k"):
    return Want(limit, per_minute, amount)


async def test_a_full_minutes_allowance_comes_at_once_and_no_more(subject):
    async with subject as store:
        granted = [await store.admit(Ask((want(),))) for _ in range(10)]
        refused = await store.admit(Ask((want(),)))

        assert all(isinstance(each, Granted) for each in granted)
        assert granted[0].levels[0].remaining == 9
        assert granted[0].levels[0].reset == subject.about(6)
        assert isinstance(refused, Limited)
        assert refused.limit == "requests:key:k"
        assert refused.retry_after == subject.about(6)
        assert refused.levels[0].remaining == 0


async def test_a_limit_fills_up_again(subject):
    async with subject as store:
        full = want(per_minute=6000, amount=6000)
        await store.admit(Ask((full,)))

        assert isinstance(await store.admit(Ask((want(per_minute=6000, amount=3000),))), Limited)

        async def free():
            return isinstance(await store.admit(Ask((want(per_minute=6000, amount=5),))), Granted)

        await subject.until(free)


async def test_more_than_a_minutes_allowance_is_taken_as_that(subject):
    async with subject as store:
        granted = await store.admit(Ask((want(10**9),)))

        assert isinstance(granted, Granted)
        assert granted.levels[0].remaining == 0


async def test_a_refused_ask_takes_nothing_of_anything(subject):
    async with subject as store:
        await store.grant("credits:acme", 5, "g1")
        await store.admit(Ask((want(10, limit="tokens:key:k"),)))
        wants = (want(4, limit="requests:key:k"), want(1, limit="tokens:key:k"))
        refused = await store.admit(Ask(wants, (hold("h1"),), (want(limit="target:t"),)))
        after = await store.admit(Ask((want(0), want(0, limit="target:t"))))

        assert refused.limit == "tokens:key:k"
        assert [level.remaining for level in refused.levels] == [10, 0]
        assert [level.remaining for level in after.levels] == [10, 10]
        assert await store.balance("credits:acme") == Balance("credits:acme", 5)


async def test_an_account_with_too_little_left_takes_nothing_either(subject):
    async with subject as store:
        await store.grant("credits:acme", 5, "g1")
        holds = (hold("h1", 3), hold("h2", 3))
        refused = await store.admit(Ask((want(4),), holds, (want(limit="target:t"),)))
        after = await store.admit(Ask((want(0), want(0, limit="target:t"))))

        assert refused == Short("credits:acme", 2)
        assert [level.remaining for level in after.levels] == [10, 10]
        assert await store.balance("credits:acme") == Balance("credits:acme", 5)
        assert [line.kind for line in await store.entries()] == ["grant"]


async def test_the_limit_with_the_longest_wait_is_named(subject):
    async with subject as store:
        fast, slow = want(600, 600, "fast"), want(6, 6, "slow")
        await store.admit(Ask((fast, slow)))
        refused = await store.admit(Ask((replace(fast, amount=1), replace(slow, amount=1))))

        assert refused.limit == "slow"
        assert refused.retry_after == subject.about(10)


async def test_the_same_limit_twice_in_one_ask_counts_twice(subject):
    async with subject as store:
        granted = await store.admit(Ask((want(4), want(4))))
        refused = await store.admit(Ask((want(1), want(2))))

        assert [level.remaining for level in granted.levels] == [2, 2]
        assert isinstance(refused, Limited)
        assert [level.remaining for level in refused.levels] == [2, 2]


async def test_spare_limits_refuse_nothing_and_are_told(subject):
    async with subject as store:
        spare = (want(8, limit="target:a"), want(8, limit="target:b"))
        await store.admit(Ask(spare=spare[:1]))
        granted = await store.admit(Ask(spare=spare))
        again = await store.admit(Ask(spare=spare))

        assert granted.short == ("target:a",)
        assert again.short == ("target:a", "target:b")


async def test_an_empty_ask_is_granted(subject):
    async with subject as store:
        assert await store.admit(Ask()) == Granted()


async def test_a_correction_takes_more_or_gives_back(subject):
    async with subject as store:
        await store.admit(Ask((want(5),)))
        await store.conclude([Conclusion(corrections=(Correction("requests:key:k", 10, -3),))])
        less = await store.admit(Ask((want(0),)))
        await store.conclude([Conclusion(corrections=(Correction("requests:key:k", 10, 7),))])
        more = await store.admit(Ask((want(0),)))
        await store.conclude([Conclusion(corrections=(Correction("requests:key:k", 10, 4),))])
        refused = await store.admit(Ask((want(1),)))

        assert less.levels[0].remaining == 8
        assert more.levels[0].remaining == 1
        assert refused.retry_after == subject.about(24)


async def test_what_is_given_back_makes_no_more_than_a_minutes_allowance(subject):
    async with subject as store:
        await store.admit(Ask((want(2),)))
        await store.conclude([Conclusion(corrections=(Correction("requests:key:k", 10, -9),))])
        level = (await store.admit(Ask((want(0),)))).levels[0]

        assert (level.remaining, level.reset) == (10, 0)


async def test_a_runaway_answer_locks_nobody_out_for_more_than_an_hour(subject):
    async with subject as store:
        correction = Correction("requests:key:k", 10, 10**9)
        await store.conclude([Conclusion(corrections=(correction,))])
        refused = await store.admit(Ask((want(1),)))

        assert 3500 < refused.retry_after <= 3600


async def test_large_rates_are_exact(subject):
    async with subject as store:
        rate = 100_000_000
        await store.admit(Ask((want(rate - 7, rate),)))
        last = await store.admit(Ask((want(7, rate),)))

        assert isinstance(last, Granted)


# Credits.


async def test_a_hold_sets_aside_and_a_settlement_takes(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1", "welcome")
        await store.admit(ask(hold("h1", 4)))
        held = await store.balance("credits:acme")
        settled = await store.settle([Settlement("h1", 3, "job j1")])

        assert held == Balance("credits:acme", 10, 4, 0)
        assert held.remaining == 6
        assert settled == [Settled("h1", 3)]
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 0, 3)
        assert [
            (line.kind, line.amount, line.ref, line.note, line.shortfall)
            for line in await store.entries()
        ] == [
            ("grant", 10, "g1", "welcome", 0),
            ("hold", 4, "h1", "", 0),
            ("settle", 3, "h1", "job j1", 0),
            ("release", 1, "h1", "job j1", 0),
        ]
        await adds_up(store, "credits:acme")


async def test_nothing_is_left_to_hold_when_all_is_held_or_spent(subject):
    async with subject as store:
        await store.grant("credits:acme", 2, "g1")
        await store.admit(ask(hold("h1"), hold("h2")))
        refused = await store.admit(ask(hold("h3")))
        await store.settle([Settlement("h1", 1), Settlement("h2", 0)])

        assert refused == Short("credits:acme", 0)
        assert isinstance(await store.admit(ask(hold("h3"))), Granted)
        assert await store.admit(ask(hold("h4"))) == Short("credits:acme", 0)
        await adds_up(store, "credits:acme")


async def test_an_account_that_nobody_granted_anything_is_short(subject):
    async with subject as store:
        assert await store.admit(ask(hold("h1"))) == Short("credits:acme", 0)
        assert await store.balance("credits:acme") == Balance("credits:acme")
        assert await store.entries() == []


async def test_holding_again_changes_nothing_and_answers_as_before(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        both = Ask((want(4),), (hold("h1", 4),))
        first = await store.admit(both)
        again = await store.admit(both)
        await store.settle([Settlement("h1", 4)])
        later = await store.admit(both)

        assert [each.levels[0].remaining for each in (first, again, later)] == [6, 6, 6]
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 0, 4)


async def test_a_repetition_is_not_short_because_of_itself(subject):
    async with subject as store:
        await store.grant("credits:acme", 4, "g1")
        await store.admit(ask(hold("h1", 4)))

        assert isinstance(await store.admit(ask(hold("h1", 4))), Granted)


async def test_a_hold_twice_in_one_ask_is_one_hold(subject):
    async with subject as store:
        await store.grant("credits:acme", 4, "g1")
        await store.admit(ask(hold("h1", 3), hold("h1", 3)))

        assert (await store.balance("credits:acme")).held == 3
        await adds_up(store, "credits:acme")


async def test_of_an_ask_that_is_half_known_only_the_new_is_held(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 3)))
        await store.admit(ask(hold("h1", 3), hold("h2", 2)))

        assert (await store.balance("credits:acme")).held == 5


async def test_settling_again_answers_the_same_whatever_is_said(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4)))
        first = await store.settle([Settlement("h1", 3)])
        again = await store.settle([Settlement("h1", 9)])
        twice = await store.settle([Settlement("h1", 0), Settlement("h1", 1)])

        assert first == again == [Settled("h1", 3)]
        assert twice == first * 2
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 0, 3)
        await adds_up(store, "credits:acme")


async def test_an_unknown_hold_takes_nothing(subject):
    async with subject as store:
        assert await store.settle([Settlement("h1", 3)]) == [Settled("h1", 0, 3)]
        assert await store.entries() == []


async def test_beyond_the_hold_is_taken_what_there_is_and_the_rest_recorded(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4), hold("h2", 3)))
        settled = await store.settle([Settlement("h1", 9)])

        assert settled == [Settled("h1", 7, 2)]
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 3, 7)
        assert [(line.kind, line.amount, line.shortfall) for line in await store.entries()] == [
            ("grant", 10, 0),
            ("hold", 4, 0),
            ("hold", 3, 0),
            ("hold", 3, 0),
            ("settle", 7, 2),
        ]
        await adds_up(store, "credits:acme")


async def test_nothing_is_a_release(subject):
    async with subject as store:
        await store.grant("credits:acme", 4, "g1")
        await store.admit(ask(hold("h1", 4)))

        assert await store.settle([Settlement("h1", 0, "failed")]) == [Settled("h1", 0)]
        assert await store.balance("credits:acme") == Balance("credits:acme", 4)
        assert (await store.entries())[-1].kind == "release"
        assert (await store.entries())[-1].note == "failed"


async def test_several_settlements_are_one_step_and_keep_their_order(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 2), hold("h2", 2)))
        ends = [Settlement("h2", 1), Settlement("nobody", 1), Settlement("h1", 2)]

        assert await store.settle(ends) == [
            Settled("h2", 1),
            Settled("nobody", 0, 1),
            Settled("h1", 2),
        ]


async def test_a_budget_lives_by_its_ceiling(subject):
    async with subject as store:
        budget = "budget:k:2026-11"
        first = await store.admit(ask(hold("h1", 6, budget, ceiling=10)))
        refused = await store.admit(ask(hold("h2", 5, budget, ceiling=10)))
        settled = await store.settle([Settlement("h1", 12)])
        wider = await store.admit(ask(hold("h3", 5, budget, ceiling=15)))
        lower = await store.admit(ask(hold("h4", 1, budget, ceiling=3)))

        assert isinstance(first, Granted)
        assert refused == Short(budget, 4)
        assert settled == [Settled("h1", 10, 2)]
        assert isinstance(wider, Granted)
        assert lower == Short(budget, 0)
        assert await store.settle([Settlement("h3", 5)]) == [Settled("h3", 5)]
        await adds_up(store, budget)


async def test_a_hold_on_two_accounts_is_one_step(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        both = ask(hold("h1", 4), hold("h2", 4, "budget:k", ceiling=3))

        assert await store.admit(both) == Short("budget:k", 3)
        assert await store.balance("credits:acme") == Balance("credits:acme", 10)


async def test_a_grant_counts_once_for_each_ref_and_account(subject):
    async with subject as store:
        first = await store.grant("credits:acme", 10, "g1")
        again = await store.grant("credits:acme", 99, "g1")
        other = await store.grant("credits:beta", 7, "g1")

        assert first == again == Balance("credits:acme", 10)
        assert other == Balance("credits:beta", 7)
        await adds_up(store, "credits:acme", "credits:beta")


async def test_what_is_held_or_spent_cannot_be_taken_away(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4), hold("h2", 2)))
        await store.settle([Settlement("h1", 3)])

        assert await store.grant("credits:acme", -6, "g2") is None
        assert await store.grant("credits:acme", -5, "g3") == Balance("credits:acme", 5, 2, 3)
        assert await store.grant("credits:acme", 1, "g2") == Balance("credits:acme", 6, 2, 3)
        await adds_up(store, "credits:acme")


async def test_amounts_are_exact_up_to_the_largest(subject):
    async with subject as store:
        await store.grant("credits:acme", MOST, "g1")
        await store.admit(ask(hold("h1", MOST - 1)))
        short = await store.admit(ask(hold("h2", 2)))
        settled = await store.settle([Settlement("h1", MOST)])

        assert short == Short("credits:acme", 1)
        assert settled == [Settled("h1", MOST)]
        assert await store.balance("credits:acme") == Balance("credits:acme", MOST, 0, MOST)
        assert await store.grant("credits:acme", 1, "g2") is None
        await adds_up(store, "credits:acme")


async def test_a_hold_that_nobody_settles_is_released_in_time(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4, seconds=0.05), hold("h2", 3, seconds=600)))

        assert await subject.until(store.sweep) == 1
        assert await store.sweep() == 0
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 3, 0)
        last = (await store.entries())[-1]
        assert (last.kind, last.amount, last.ref, last.note) == ("release", 4, "h1", "expired")
        await adds_up(store, "credits:acme")


async def test_a_settlement_that_comes_after_the_sweeper_is_still_charged(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4, seconds=0.02), hold("h2", 6, seconds=0.02)))
        await subject.until(lambda: swept(store, "credits:acme"))
        await store.admit(ask(hold("h3", 7)))
        settled = await store.settle([Settlement("h1", 5), Settlement("h2", 0)])

        assert settled == [Settled("h1", 3, 2), Settled("h2", 0)]
        assert await store.settle([Settlement("h1", 5)]) == [Settled("h1", 3, 2)]
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 7, 3)
        await adds_up(store, "credits:acme")


async def swept(store, account):
    await store.sweep()
    return (await store.balance(account)).held == 0


async def test_a_settled_hold_is_not_swept(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1", 4, seconds=0.02), hold("h2", 1, seconds=0.05)))
        await store.settle([Settlement("h1", 4)])

        assert await subject.until(store.sweep) == 1
        assert await store.balance("credits:acme") == Balance("credits:acme", 10, 0, 4)


async def test_400_at_once_for_100_credits_are_100_granted_and_300_short(subject):
    async with subject as store:
        other = await subject.another()
        await store.grant("credits:acme", 100, "g1")
        answers = await asyncio.gather(
            *((store, other)[n % 2].admit(ask(hold(f"h{n}"))) for n in range(400))
        )
        granted = [n for n, each in enumerate(answers) if isinstance(each, Granted)]
        ends = [Conclusion((Settlement(f"h{n}", 1),)) for n in granted]
        await asyncio.gather(*(store.conclude([each]) for each in ends + ends))

        assert len(granted) == 100
        assert all(each == Short("credits:acme", 0) for each in answers if each != Granted())
        assert await store.balance("credits:acme") == Balance("credits:acme", 100, 0, 100)
        await adds_up(store, "credits:acme")


async def test_lines_are_read_in_parts_and_by_account(subject):
    async with subject as store:
        for n in range(5):
            await store.grant("credits:acme" if n % 2 else "credits:beta", n, f"g{n}")
        first = await store.entries(limit=2)
        rest = await store.entries(cursor=first[-1].id)
        acme = await store.entries(account="credits:acme", limit=1)
        more = await store.entries(account="credits:acme", cursor=acme[-1].id)

        assert [line.ref for line in first + rest] == ["g0", "g1", "g2", "g3", "g4"]
        assert [line.ref for line in acme + more] == ["g1", "g3"]
        assert {line.account for line in acme + more} == {"credits:acme"}
        assert await store.entries(cursor=rest[-1].id) == []
        assert await store.entries(account="credits:gamma") == []
        assert first[0].at == pytest.approx(first[1].at, abs=5)


# What became of calls.


async def test_a_conclusion_settles_corrects_and_records_once(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(Ask((want(4),), (hold("h1", 3),)))
        end = Conclusion((Settlement("h1", 2),), (Correction("requests:key:k", 10, 2),), call("c1"))
        first = await store.conclude([end])
        again = await store.conclude([end, end])
        level = (await store.admit(Ask((want(0),)))).levels[0]

        assert first == [Settled("h1", 2)]
        assert again == [Settled("h1", 2)] * 2
        assert level.remaining == 4
        assert await store.rows(Finding()) == [call("c1")]
        await adds_up(store, "credits:acme")


async def test_many_conclusions_answer_in_their_order(subject):
    async with subject as store:
        await store.grant("credits:acme", 10, "g1")
        await store.admit(ask(hold("h1"), hold("h2"), hold("h3")))
        ends = [
            Conclusion((Settlement("h3", 1), Settlement("h1", 0)), row=call("c1")),
            Conclusion(row=call("c2")),
            Conclusion((Settlement("h2", 1),)),
        ]

        assert await store.conclude(ends) == [Settled("h3", 1), Settled("h1", 0), Settled("h2", 1)]
        assert await store.conclude([]) == []


async def test_a_row_comes_back_as_it_was_told(subject):
    async with subject as store:
        row = CallRow(
            id="c1",
            at=1_790_000_000.123456,
            surface="responses",
            alias="fast",
            asked="größer\n",
            target="one/m:8b",
            outcome="cut",
            status=502,
            stream=True,
            organization="o",
            team="acme",
            key="k1",
            job="j1",
            prompt_tokens=MOST,
            completion_tokens=2,
            cached_tokens=3,
            reasoning_tokens=4,
            cost_micros=5,
            priced=True,
            ttft_ms=12.5,
            duration_ms=0.1,
            detail={"attempts": [{"target": "one/m:8b", "ms": 1.5, "code": None}], "n": {}},
        )
        await store.conclude([Conclusion(row=row)])
        (found,) = await store.rows(Finding())

        assert found == row
        assert isinstance(found.stream, bool)
        assert isinstance(found.priced, bool)
        assert found.detail == row.detail


@pytest.mark.parametrize("name", ["alias", "asked", "target"])
async def test_what_a_caller_asked_for_breaks_no_record(subject, name):
    async with subject as store:
        await store.conclude([Conclusion(row=call("c1", **{name: "a\ud800\x00b"}))])
        [row] = await store.rows(Finding())

        assert getattr(row, name) in ("a?\x00b", "a\ud800\x00b")


async def fill(store):
    rows = [
        call("c3", 30.0, team="acme", key="k1", job="j1", cost_micros=5, prompt_tokens=10),
        call("c1", 10.0, team="acme", key="k1", cost_micros=1, completion_tokens=7),
        call("c2b", 20.0, team="beta", key="k2", job="j1", outcome="failed", status=502),
        call("c2a", 20.0, team="acme", key="k3", outcome="cut", duration_ms=1.5, target="two/m"),
        call("c4", 40.0, team="beta", key="k2", outcome="refused", status=429, target=""),
    ]
    await store.conclude([Conclusion(row=row) for row in rows])


@pytest.mark.parametrize(
    ("finding", "ids"),
    [
        (Finding(), ["c1", "c2a", "c2b", "c3", "c4"]),
        (Finding(since=20.0), ["c2a", "c2b", "c3", "c4"]),
        (Finding(until=30.0), ["c1", "c2a", "c2b"]),
        (Finding(since=20.0, until=20.0), []),
        (Finding(team="acme"), ["c1", "c2a", "c3"]),
        (Finding(key="k2"), ["c2b", "c4"]),
        (Finding(job="j1"), ["c2b", "c3"]),
        (Finding(team="acme", job="j1"), ["c3"]),
        (Finding(team="acme", key="k1", since=15.0), ["c3"]),
        (Finding(team="acme", key="k2"), []),
        (Finding(key="k2", job="j1"), ["c2b"]),
        (Finding(team="nobody"), []),
    ],
)
async def test_calls_are_found_by_time_team_key_and_job(subject, finding, ids):
    async with subject as store:
        await fill(store)
        parts, cursor = [], ""
        while some := await store.rows(finding, cursor=cursor, limit=2):
            assert len(some) <= 2
            parts += some
            cursor = some[-1].id
        total = await store.sums(By.SURFACE, finding)

        assert [row.id for row in await store.rows(finding)] == ids
        assert [row.id for row in parts] == ids
        assert sum(each.calls for each in total) == len(ids)


async def test_usage_is_added_up_by_group_the_dearest_first(subject):
    async with subject as store:
        await fill(store)

        assert await store.sums(By.TEAM, Finding()) == [
            Sum("acme", 3, 2, 1, 10, 7, 0, 0, 6, 1.5),
            Sum("beta", 2, 0, 1, 0, 0, 0, 0, 0, 0.0),
        ]
        assert [(each.group, each.calls) for each in await store.sums(By.TARGET, Finding())] == [
            ("one/m", 3),
            ("", 1),
            ("two/m", 1),
        ]
        assert await store.sums(By.KEY, Finding(team="gamma")) == []


@pytest.mark.parametrize("by", list(By))
async def test_usage_is_grouped_by_any_of_its_columns(subject, by):
    async with subject as store:
        given = {by.value: "x"}
        await store.conclude(
            [
                Conclusion(row=call("c1", **given | {"cost_micros": 3})),
                Conclusion(row=call("c2", **given | {"cost_micros": 4})),
                Conclusion(row=call("c3", **given | {by.value: "y"})),
            ]
        )
        sums = await store.sums(by, Finding())

        assert [(each.group, each.calls, each.cost_micros) for each in sums] == [
            ("x", 2, 7),
            ("y", 1, 0),
        ]


async def test_sums_over_days_are_the_sums_of_their_rows(subject):
    async with subject as store:
        day = 86_400.0
        ats = [0.0, 0.5, day - 0.001, day, day + 1, 2 * day - 1, 2 * day, 5 * day + 3]
        await store.conclude(
            [
                Conclusion(row=call(f"c{n}", at, team="acme", key=f"k{n % 2}", cost_micros=10**n))
                for n, at in enumerate(ats)
            ]
        )
        for since in (0.0, 0.25, day, day + 0.5, 3 * day):
            for until in (0.5, day, day + 1, 2 * day, 2 * day + 1, float("inf")):
                for key in ("", "k1"):
                    finding = Finding(since, until, "acme", key)
                    rows = await store.rows(finding)
                    sums = await store.sums(By.TEAM, finding)

                    assert sum(each.calls for each in sums) == len(rows)
                    assert sum(each.cost_micros for each in sums) == sum(
                        row.cost_micros for row in rows
                    )


# Notes.


async def test_a_note_is_kept_replaced_and_dropped(subject):
    async with subject as store:
        await store.put("cache:1", b"\x00\xff one", 60)
        first = await store.note("cache:1")
        await store.put("cache:1", b"two", 60)

        assert first == b"\x00\xff one"
        assert await store.note("cache:1") == b"two"
        assert await store.note("cache:2") is None
        assert await store.drop("cache:1")
        assert not await store.drop("cache:1")
        assert await store.note("cache:1") is None


async def test_a_note_ends_by_itself(subject):
    async with subject as store:
        await store.put("cache:1", b"one", 0.03)
        await store.put("cache:2", b"two", 60)

        async def ended():
            return await store.note("cache:1") is None

        await subject.until(ended)

        assert await store.board("cache") == {"2": b"two"}
        assert not await store.drop("cache:1")
        assert await store.claim("cache:1", b"new", 60) is None


async def test_a_new_value_ends_when_it_says(subject):
    async with subject as store:
        await store.put("a:1", b"one", 60)
        await store.put("a:1", b"two", 0.03)

        async def ended():
            return await store.board("a") == {}

        await subject.until(ended)

        assert await store.note("a:1") is None


async def test_of_many_who_claim_one_has_it_and_the_others_see_whose_it_is(subject):
    async with subject as store:
        other = await subject.another()
        answers = await asyncio.gather(
            *((store, other)[n % 2].claim("idempotency:x", b"%d" % n, 60) for n in range(20))
        )
        winner = await store.note("idempotency:x")

        assert answers.count(None) == 1
        assert answers[int(winner)] is None
        assert {each for each in answers if each is not None} == {winner}


async def test_a_board_shows_its_topic_and_nothing_else(subject):
    async with subject as store:
        await store.put("circuit:one/m:8b", b"1", 60)
        await store.put("circuit:two/m", b"2", 60)
        await store.claim("circuit:three", b"3", 60)
        await store.put("circuits:x", b"4", 60)
        await store.put("circuit", b"5", 60)
        await store.put("a:circuit:x", b"6", 60)
        await store.put("circuit:gone", b"7", 60)
        await store.drop("circuit:gone")

        assert await store.board("circuit") == {"one/m:8b": b"1", "two/m": b"2", "three": b"3"}
        assert await store.board("nothing") == {}


async def test_a_large_note_comes_back_whole(subject):
    async with subject as store:
        value = bytes(range(256)) * 4096
        await store.put("cache:1", value, 60)

        assert await store.note("cache:1") == value


# The whole of it.


async def test_two_who_open_it_see_the_same(subject):
    async with subject as store:
        other = await subject.another()
        await store.insert(KEYS, Document("k1", {}))
        await store.grant("credits:acme", 5, "g1")
        await other.admit(ask(hold("h1", 2)))

        assert (await other.get(KEYS, "k1")).id == "k1"
        assert (await store.balance("credits:acme")).held == 2


async def test_a_fresh_store_has_nothing_wrong_and_nothing_in_it(subject):
    async with subject as store:
        assert await store.check() == []
        assert await store.sweep() == 0
        assert await store.entries() == []
        assert await store.rows(Finding()) == []
        assert (await store.page(Table.JOBS)).documents == ()


async def test_opening_and_closing_again_is_harmless(subject):
    async with subject as store:
        await store.open()
        await store.close()
        await store.close()
        await store.open()

        assert await store.check() == []


async def test_it_says_what_it_is(subject):
    async with subject as store:
        assert store.name in ("memory", "sqlite", "redis")
