import asyncio
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.bodies import End, New
from proxy.gate.jobs.job import LASTS, Running, State
from proxy.gate.jobs.jobs import KEEP_IN_MEMORY, PAGE
from proxy.store.memory import MemoryStore
from proxy.store.records import Table
from proxy.store.store import StoreError
from tests.support.jobs import (
    BY_JOB,
    BY_TOKENS,
    BY_USD,
    CALLER,
    SUMMARY,
    Flaky,
    Patient,
    Shop,
    done,
)

WELL = End(State.COMPLETED)
BADLY = End(State.FAILED, {"b": 2}, "gave up")


async def refusal(coroutine):
    with pytest.raises(ProxyError) as caught:
        await coroutine
    return caught.value


async def test_a_job_holds_a_credit_from_its_creation_and_is_charged_it_when_it_is_completed():
    shop = await Shop().funded(3)
    name = await shop.create()
    held = await shop.credits()
    await shop.called(name, "c1", 10, 5)
    answer = await shop.jobs.close("acme", name, WELL)

    assert held == (1, 0, 2)
    assert await shop.credits() == (0, 1, 2)
    assert (answer["costs"]["credit_applied"], answer["costs"]["credits_remaining"]) == (1, 2)
    assert (answer["costs"]["total_calls"], answer["calls"][0]["call_id"]) == (1, "c1")


async def test_without_a_credit_there_is_no_job():
    shop = Shop()
    error = await refusal(shop.jobs.create(SUMMARY, CALLER, BY_JOB))
    page = await shop.store.page(Table.JOBS)

    assert error.kind is Kind.UNPAID
    assert page.documents == ()


async def test_as_many_jobs_are_created_at_once_as_there_are_credits():
    shop = await Shop().funded(100)
    made = await asyncio.gather(*(shop.create() for _ in range(400)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, ProxyError)]

    assert len(refused) == 300
    assert {each.kind for each in refused} == {Kind.UNPAID}
    assert await shop.credits() == (100, 0, 0)


async def test_a_failed_job_costs_nothing():
    shop = await Shop().funded(1)
    name = await shop.create()
    await shop.called(name, "c1", 10, 5)
    answer = await shop.jobs.close("acme", name, BADLY)
    job = await shop.jobs.find("acme", name)

    assert await shop.credits() == (0, 0, 1)
    assert (answer["status"], answer["costs"]["credit_applied"]) == ("failed", 0)
    assert (job.metadata, job.error) == ({"a": 1, "b": 2}, "gave up")


@pytest.mark.parametrize(("end", "other"), [(WELL, BADLY), (BADLY, WELL)])
async def test_completing_twice_is_the_same_answer_and_one_charge(end, other):
    shop = await Shop().funded(5)
    name = await shop.create()
    first, *rest = [await shop.jobs.close("acme", name, end) for _ in range(3)]
    spent = await shop.credits()
    error = await refusal(shop.jobs.close("acme", name, other))

    assert all(each == first for each in rest)
    assert (error.kind, error.code) == (Kind.CONFLICT, f"job_{end.state.value}")
    assert await shop.credits() == spent


async def test_who_completes_at_once_gets_the_same_answer_and_is_charged_once():
    shop = await Shop().funded(5)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 2_500)
    answers = await asyncio.gather(*(shop.jobs.close("acme", name, WELL) for _ in range(20)))

    assert all(each == answers[0] for each in answers)
    assert await shop.credits() == (0, 3, 2)


async def test_one_of_two_ends_is_decided_and_the_other_is_refused():
    shop = await Shop().funded(5)
    name = await shop.create()
    ends = (shop.jobs.close("acme", name, end) for end in (WELL, BADLY))
    first, second = await asyncio.gather(*ends, return_exceptions=True)

    assert first["status"] == "completed"
    assert second.kind is Kind.CONFLICT


@pytest.mark.parametrize(
    ("tariff", "calls", "spent"),
    [
        (BY_USD, [(0, 76_000), (0, 76_000)], 2),
        (BY_USD, [(0, 1)] * 5, 1),
        (BY_TOKENS, [(300, 0)] * 10, 3),
        (BY_TOKENS, [(4_500, 0)], 5),
    ],
)
async def test_a_job_pays_for_the_sum_of_its_calls(tariff, calls, spent):
    shop = await Shop().funded(10)
    name = await shop.create(tariff)
    for number, (tokens, micros) in enumerate(calls):
        await shop.called(name, f"c{number}", tokens, micros)
    await shop.jobs.close("acme", name, WELL)

    assert await shop.credits() == (0, spent, 10 - spent)


async def test_what_a_call_may_use_is_held_before_it_and_released_after_it():
    shop = await Shop().funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.jobs.begin("acme", name, Running("c1", 4_000))
    during = await shop.credits()
    await shop.jobs.end("acme", name, done("c1", 1_500))
    after = await shop.credits()
    await shop.jobs.close("acme", name, WELL)

    # 1,500 tokens cost two; the hold of four cannot be parted, so it stays.
    assert (during, after) == ((4, 0, 6), (4, 0, 6))
    assert await shop.credits() == (0, 2, 8)


async def test_a_hold_that_is_not_needed_any_more_goes_when_its_call_has_ended():
    shop = await Shop().funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 900, estimate=(4_000, 0))

    assert await shop.credits() == (1, 0, 9)


async def test_a_call_that_may_cost_more_than_there_is_does_not_begin():
    shop = await Shop().funded(3)
    name = await shop.create(BY_TOKENS)
    error = await refusal(shop.jobs.begin("acme", name, Running("c1", 4_000)))
    job = await shop.jobs.find("acme", name)
    await shop.called(name, "c2", 3_000)

    assert error.kind is Kind.UNPAID
    assert (job.running, job.held) == ((), 1)
    assert await shop.credits() == (3, 0, 0)


async def test_what_exceeds_the_hold_is_taken_as_far_as_the_credits_go():
    shop = await Shop().funded(3)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 9_000, estimate=(1, 0))
    answer = await shop.jobs.close("acme", name, WELL)

    assert (answer["costs"]["credit_applied"], answer["costs"]["credits_remaining"]) == (3, 0)
    assert await shop.credits() == (0, 3, 0)


async def test_a_call_that_outlives_its_job_is_charged_what_it_adds():
    shop = await Shop().funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 500)
    await shop.jobs.begin("acme", name, Running("c2", 3_000))
    answer = await shop.jobs.close("acme", name, WELL)
    between = await shop.credits()
    await shop.jobs.end("acme", name, done("c2", 2_000))

    assert (answer["costs"]["credit_applied"], between) == (1, (0, 1, 9))
    assert await shop.credits() == (0, 3, 7)
    assert await shop.jobs.close("acme", name, WELL) == answer


async def test_a_call_that_outlives_a_failed_job_is_not_charged():
    shop = await Shop().funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.jobs.begin("acme", name, Running("c1", 3_000))
    await shop.jobs.close("acme", name, BADLY)
    await shop.jobs.end("acme", name, done("c1", 2_000))

    assert await shop.credits() == (0, 0, 10)


@pytest.mark.parametrize("end", [WELL, BADLY])
async def test_a_job_that_is_over_takes_no_calls(end):
    shop = await Shop().funded(1)
    name = await shop.create()
    await shop.jobs.close("acme", name, end)
    error = await refusal(shop.jobs.begin("acme", name, Running("c1")))

    assert (error.kind, error.code) == (Kind.CONFLICT, f"job_{end.state.value}")


@pytest.mark.parametrize("team", ["zeta", ""])
async def test_another_teams_job_is_as_if_there_were_none(team):
    shop = await Shop().funded(1)
    name = await shop.create()
    asked = [
        shop.jobs.find(team, name),
        shop.jobs.begin(team, name, Running("c")),
        shop.jobs.end(team, name, done("c")),
        shop.jobs.close(team, name, WELL),
        shop.jobs.describe(team, name, {}),
    ]
    errors = [await refusal(each) for each in asked]
    nobody = await refusal(shop.jobs.find("acme", "job_no"))

    assert {error.kind for error in errors} == {nobody.kind} == {Kind.MISSING}
    assert (await shop.jobs.find("acme", name)).state is State.PENDING


async def test_a_job_left_open_has_failed_and_holds_nothing():
    shop = await Shop().funded(1)
    name = await shop.create()
    shop.clock.at += LASTS
    begun = await refusal(shop.jobs.begin("acme", name, Running("c1")))
    closed = await refusal(shop.jobs.close("acme", name, WELL))
    answer = await shop.jobs.close("acme", name, BADLY)

    assert begun.code == closed.code == "job_failed"
    assert "job_timeout" in closed.message
    assert answer["status"] == "failed"
    assert await shop.credits() == (0, 0, 1)


async def test_who_finds_it_overdue_at_once_closes_it_once():
    shop = await Shop().funded(1)
    name = await shop.create()
    shop.clock.at += LASTS
    begins = (refusal(shop.jobs.begin("acme", name, Running(f"c{n}"))) for n in range(5))
    errors = await asyncio.gather(*begins)

    assert {error.code for error in errors} == {"job_failed"}
    assert await shop.credits() == (0, 0, 1)


async def test_the_end_of_a_call_that_is_told_twice_counts_once():
    shop = await Shop().funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 500)
    job = await shop.jobs.end("acme", name, done("c1", 500))

    assert (job.totals.calls, job.totals.tokens) == (1, 500)


async def told_twice(shop, name, call):
    """The end of a call that the store did not hear at first."""
    assert (await refusal(shop.jobs.end("acme", name, call))).kind is Kind.SATURATED
    return await shop.jobs.end("acme", name, call)


HICCUPS = [(verb, mood) for verb in ("replace", "settle") for mood in ("away", "lost")]


@pytest.mark.parametrize(("verb", "mood"), [*HICCUPS, ("admit", "away"), ("admit", "lost")])
async def test_what_a_late_call_adds_is_charged_once_whatever_the_store_did_not_hear(verb, mood):
    shop = await Shop(Flaky(Patient())).funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.jobs.begin("acme", name, Running("c1", 3_000))
    await shop.jobs.close("acme", name, WELL)
    shop.store.once(verb, mood)
    job = await told_twice(shop, name, done("c1", 3_000))

    # One for completing it without a call, two for what the call makes of that.
    assert await shop.credits() == (0, 3, 7)
    assert job.unheard == ()


@pytest.mark.parametrize(("verb", "mood"), HICCUPS)
async def test_what_a_call_held_goes_with_it_whatever_the_store_did_not_hear(verb, mood):
    shop = await Shop(Flaky(Patient())).funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.jobs.begin("acme", name, Running("c1", 5_000))
    shop.store.once(verb, mood)
    job = await told_twice(shop, name, done("c1", 500))

    assert await shop.credits() == (1, 0, 9)
    assert (job.unheard, job.totals.calls) == ((), 1)


async def test_what_nobody_told_the_ledger_again_it_hears_when_the_job_is_completed():
    shop = await Shop(Flaky(Patient())).funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.jobs.begin("acme", name, Running("c1", 5_000))
    shop.store.once("settle", "away")
    await refusal(shop.jobs.end("acme", name, done("c1", 500)))
    between = await shop.credits()
    await shop.jobs.close("acme", name, WELL)

    assert (between, await shop.credits()) == ((5, 0, 5), (0, 1, 9))


async def test_a_call_that_ends_before_its_jobs_price_is_settled_is_charged_once():
    shop = await Shop(Flaky(Patient())).funded(10)
    name = await shop.create(BY_TOKENS)
    await shop.called(name, "c1", 3_000)
    await shop.jobs.begin("acme", name, Running("c2", 3_000))
    shop.store.once("settle", "away")
    await refusal(shop.jobs.close("acme", name, WELL))
    await shop.jobs.end("acme", name, done("c2", 2_000))
    between = await shop.credits()
    answer = await shop.jobs.close("acme", name, WELL)

    # Whoever comes first settles it, at the price that it had.
    assert between == await shop.credits() == (0, 5, 5)
    assert answer["costs"]["credit_applied"] == 3


MOODS = ["", "", "", "away", "lost"]
CALLS = st.lists(st.tuples(st.integers(0, 9_000), st.integers(0, 9_000)), min_size=1, max_size=4)


@given(CALLS, st.sampled_from([WELL, BADLY]), st.randoms(use_true_random=True))
def test_in_whatever_order_and_however_often_it_is_told_a_job_is_paid_for_once(calls, end, chance):
    async def live():
        shop = await Shop(Flaky(Patient())).funded(100)
        name = await shop.create(BY_TOKENS)
        shop.store.mood = lambda _verb: chance.choice(MOODS)
        for number, (estimate, _) in enumerate(calls):
            with suppress(ProxyError):
                await shop.jobs.begin("acme", name, Running(f"c{number}", estimate))
        tell = [lambda: shop.jobs.close("acme", name, end)]
        for number, (_, used) in enumerate(calls):
            tell.append(partial(shop.jobs.end, "acme", name, done(f"c{number}", used)))
        while tell:
            # What was not heard is told again, and others come before it or after it.
            now = tell.pop(chance.randrange(len(tell)))
            try:
                await now()
            except ProxyError:
                tell.append(now)
        shop.store.mood = lambda _verb: ""
        job = await shop.jobs.find("acme", name)
        spent = job.price if end is WELL else 0

        assert (job.state, job.running, job.unheard) == (end.state, (), ())
        assert await shop.credits() == (0, spent, 100 - spent)
        assert await shop.store.check() == []

    asyncio.run(live())


async def test_settling_does_what_is_decided_and_decides_nothing():
    shop = await Shop(Flaky(Patient())).funded(2)
    name, open_one = await shop.create(), await shop.create()
    shop.store.once("settle", "away")
    await refusal(shop.jobs.close("acme", name, WELL))
    for each in (name, open_one, name):
        await shop.jobs.settle("acme", each)

    assert await shop.credits() == (1, 1, 0)
    assert (await shop.jobs.find("acme", open_one)).is_open
    assert (await refusal(shop.jobs.settle("zeta", name))).kind is Kind.MISSING


async def test_nobody_need_touch_it_the_sweeper_releases_what_it_held():
    shop = await Shop().funded(1)
    await shop.create()
    shop.clock.at += LASTS + 3600

    assert await shop.store.sweep() == 1
    assert await shop.credits() == (0, 0, 1)


async def test_a_job_that_was_decided_and_not_settled_is_settled_by_the_next_who_asks(monkeypatch):
    shop = await Shop().funded(2)
    name = await shop.create()
    whole = shop.store.settle

    async def away(_):
        raise StoreError("away")

    monkeypatch.setattr(shop.store, "settle", away)
    error = await refusal(shop.jobs.close("acme", name, WELL))
    monkeypatch.setattr(shop.store, "settle", whole)
    other = await refusal(shop.jobs.close("acme", name, BADLY))
    answer = await shop.jobs.close("acme", name, WELL)

    assert (error.kind, other.kind) == (Kind.SATURATED, Kind.CONFLICT)
    assert answer["costs"]["credit_applied"] == 1
    assert await shop.credits() == (0, 1, 1)


@pytest.mark.parametrize("is_back", [True, False])
async def test_a_job_that_cannot_be_kept_holds_nothing(monkeypatch, is_back):
    shop = await Shop().funded(1)

    async def away(*_):
        raise StoreError("away")

    monkeypatch.setattr(shop.store, "insert", away)
    if not is_back:
        monkeypatch.setattr(shop.store, "settle", away)
    error = await refusal(shop.jobs.create(SUMMARY, CALLER, BY_JOB))

    assert error.kind is Kind.SATURATED
    assert await shop.credits() == ((0, 0, 1) if is_back else (1, 0, 0))


async def test_many_calls_of_one_job_at_once_are_all_counted():
    shop = await Shop().funded(100)
    name = await shop.create(BY_TOKENS)
    await asyncio.gather(*(shop.called(name, f"c{n}", 100) for n in range(50)))
    job = await shop.jobs.find("acme", name)

    assert (job.totals.calls, job.totals.tokens, job.running) == (50, 5_000, ())


class Contested(MemoryStore):
    """Somebody else is always quicker, so many times."""

    def __init__(self, clock, times):
        super().__init__(clock)
        self.times = times

    async def replace(self, table, document):
        if self.times:
            self.times -= 1
            return False
        return await super().replace(table, document)


async def test_who_was_not_quick_enough_tries_again_after_a_pause():
    shop = await Shop(Contested(Patient(), 3)).funded(1)
    name = await shop.create()
    job = await shop.jobs.describe("acme", name, {"b": 2})

    assert job.metadata == {"a": 1, "b": 2}
    assert shop.clock.slept == [0.002, 0.004, 0.006]


async def test_who_is_never_quick_enough_is_told():
    shop = await Shop(Contested(Patient(), 10**6)).funded(1)
    name = await shop.create()
    error = await refusal(shop.jobs.describe("acme", name, {}))

    assert (error.kind, error.code) == (Kind.CONFLICT, "contested")


async def test_metadata_is_merged_and_bounded():
    shop = await Shop().funded(1)
    name = await shop.create()
    big = {"x": "y" * 9_000}
    await shop.jobs.describe("acme", name, big)
    errors = [
        await refusal(shop.jobs.describe("acme", name, {"z": "y" * 9_000})),
        await refusal(shop.jobs.close("acme", name, End(State.COMPLETED, {"z": "y" * 9_000}))),
    ]

    assert {(error.kind, error.param) for error in errors} == {(Kind.INVALID_REQUEST, "metadata")}
    assert (await shop.jobs.find("acme", name)).is_open


async def test_jobs_of_a_time_are_found_over_pages(monkeypatch):
    monkeypatch.setattr("proxy.gate.jobs.jobs.PAGE", 2)
    shop = await Shop().funded(10)
    names = []
    for _ in range(7):
        names.append(await shop.create())
        shop.clock.at += 10
    since = shop.clock.at - 70
    found = [job.id async for job in shop.jobs.between("acme", since + 10, since + 40)]
    nobodys = [job async for job in shop.jobs.between("zeta", 0, 1e12)]

    assert found == names[1:4]
    assert nobodys == []


async def test_the_credits_of_a_team_are_told():
    shop = await Shop().funded(3)
    await shop.create()

    assert await shop.jobs.remaining("acme") == 2


async def test_jobs_go_when_they_were_kept_long_enough():
    shop = await Shop().funded(PAGE + 10)
    for _ in range(PAGE + 1):
        await shop.create()
    shop.clock.at += KEEP_IN_MEMORY + 1
    young = await shop.create()

    assert await shop.jobs.prune() == PAGE + 1
    assert [each.id for each in (await shop.jobs.page("acme", "", 5))[0]] == [young]


async def test_a_job_is_made_of_what_was_said_and_who_said_it():
    shop = await Shop().funded(1)
    job = await shop.jobs.find("acme", await shop.create(new=New("acme", "t", "u", {"k": 1})))

    assert (job.type, job.user, job.metadata, job.key, job.organization) == (
        *("t", "u", {"k": 1}),
        *("key_1", "org"),
    )
