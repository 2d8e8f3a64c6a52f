import asyncio
import itertools
from dataclasses import replace
from decimal import Decimal
from unittest.mock import Mock

import pytest

from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.facts import Outcome, Run
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.gate import charge as charges
from proxy.gate.caller import Caller, Tariff
from proxy.gate.charge import Charge, Counters
from proxy.gate.estimate import estimate_of
from proxy.gate.limits import Rated
from proxy.gate.link import Link
from proxy.gate.settle import Settler
from proxy.gate.shares import Shares
from proxy.gate.tenants import Allowance, Mode
from proxy.store.records import Ask, Finding, Granted, Want
from proxy.store.store import StoreError
from tests.support.ended import ended
from tests.support.moods import MoodyStore, Time

REQUEST = ChatRequest({"messages": [{"role": "user", "content": "x" * 35}], "max_tokens": 85})
"""A hundred tokens: 15 and 85."""
TARGETS = (Rated("p/m"), Rated("q/m", first=False))
USD = Tariff(Mode.CONSUMPTION_USD, 10, 10_000)
TOKENS = Tariff(Mode.CONSUMPTION_TOKENS, 10, 10)
SERVED = ended(usage=Usage(10, 20), cost_usd=Decimal("0.25"))
FAILED = ended(target=None, outcome=Outcome.FAILED, status=502)


def cost(target, served, usage, tier):
    """A cent a token, and two at the second target."""
    return usage.total * Decimal("0.01") * (2 if target == "q/m" else 1)


class Desk:
    def __init__(self):
        self.clock = Time()
        self.store = MoodyStore(self.clock)
        self.settler = Settler(self.store, self.clock)
        self.shares = Shares(self.clock)
        ids = (f"c{n}" for n in itertools.count(1))
        self.counters = Counters(
            Link(self.store, self.clock),
            self.shares,
            self.settler,
            self.clock,
            cost,
            lambda: next(ids),
        )

    def charge(self, caller, job=""):
        return Charge(self.counters, caller, job, self.counters.draw())

    async def settled(self):
        """The settler's own work, done now."""
        for ending in self.settler._drawn(100):
            await self.settler._tell([ending])

    async def call(self, caller, end=SERVED, targets=TARGETS):
        charge = self.charge(caller)
        await charge.take(REQUEST, targets, 60.0)
        charge.end(end)
        await self.settled()
        return charge

    async def refused(self, caller, targets=TARGETS, job=""):
        charge = self.charge(caller, job)
        with pytest.raises(ProxyError) as caught:
            await charge.take(REQUEST, targets, 60.0)
        charge.end(ended(target=None, outcome=Outcome.REFUSED, status=0))
        await self.settled()
        return caught.value, charge

    async def rows(self):
        return await self.store.rows(Finding())

    async def left(self, limit, per_minute):
        """Of a limit."""
        answer = await self.store._plain.admit(Ask((Want(limit, per_minute, 0),)))
        return answer.levels[0].remaining

    async def balance(self, account):
        found = await self.store.balance(account)
        return found.held, found.spent


@pytest.fixture
def desk():
    return Desk()


def limited(**allowance):
    return Caller(team="t", key="k", key_allowance=Allowance(**allowance))


async def test_nobody_asks_the_store_for_a_caller_whom_nothing_binds(desk):
    charge = await desk.call(Caller(team="t", key="k"))

    assert "admit" not in desk.store.asked
    assert (charge.headers, charge.over) == ([], frozenset())
    assert [row.id for row in await desk.rows()] == ["c1"]


async def test_all_that_a_call_needs_is_one_question(desk):
    await desk.store.grant("credits:t", 1000, "g")
    caller = Caller(
        team="t",
        key="k",
        key_allowance=Allowance(10, 1000, 10**9),
        team_allowance=Allowance(100, 10_000, 10**9),
        tariff=USD,
    )
    charge = desk.charge(caller)
    await charge.take(REQUEST, [Rated("p/m", 60, 6000)], 60.0)

    assert desk.store.asked == ["admit"]
    assert dict(charge.headers)[b"x-ratelimit-remaining-tokens"] == b"900"
    charge.end(SERVED)


async def test_tokens_are_taken_by_estimate_and_corrected_by_what_was_used(desk):
    caller = limited(rpm=10, tpm=1000)
    charge = desk.charge(caller)
    await charge.take(REQUEST, TARGETS, 60.0)
    during = await desk.left("tokens:key:k", 1000)
    charge.end(SERVED)
    await desk.settled()

    assert (during, await desk.left("tokens:key:k", 1000)) == (900, 970)
    assert await desk.left("requests:key:k", 10) == 9


async def test_a_call_that_nobody_served_gives_its_tokens_back(desk):
    await desk.call(limited(rpm=10, tpm=1000), FAILED)

    assert await desk.left("tokens:key:k", 1000) == 1000
    assert await desk.left("requests:key:k", 10) == 9


async def test_who_is_over_a_limit_is_refused_with_the_levels(desk):
    caller = limited(rpm=1)
    await desk.call(caller)
    error, charge = await desk.refused(caller)

    assert (error.kind, error.meaning.status) == (Kind.RATE_LIMIT, 429)
    assert error.retry_after == pytest.approx(60.0)
    assert dict(charge.headers)[b"x-ratelimit-remaining-requests"] == b"0"
    assert [row.outcome for row in await desk.rows()] == ["served", "refused"]


async def test_a_target_over_its_limit_is_named_and_refuses_nobody(desk):
    targets = (Rated("p/m", 1), Rated("q/m", 1, first=False))
    first = desk.charge(Caller())
    await first.take(REQUEST, targets, 60.0)
    first.end(replace(SERVED, attempts=(Tried("p/m", None, 200, None, 1.0),)))
    await desk.settled()
    second = desk.charge(Caller())
    await second.take(REQUEST, targets, 60.0)
    second.end(SERVED)

    assert (first.over, second.over) == (frozenset(), {"p/m"})
    assert first.headers == []


async def test_a_budget_is_held_and_settled_by_the_cost(desk):
    caller = limited(budget_micros=3_000_000)
    account = "budget:key:k:2023-11"
    charge = desk.charge(caller)
    await charge.take(REQUEST, TARGETS, 60.0)
    during = await desk.balance(account)
    charge.end(SERVED)
    await desk.settled()

    # The dearest target that the call may come to decides what is held.
    assert (during, await desk.balance(account)) == ((2_000_000, 0), (0, 250_000))


async def test_a_spent_budget_is_a_402(desk):
    caller = limited(budget_micros=2_100_000)
    await desk.call(caller)
    error, _ = await desk.refused(caller)

    assert (error.kind, error.meaning.status) == (Kind.UNPAID, 402)
    assert "budget of this key for 2023-11" in error.message


@pytest.mark.parametrize(("tariff", "held", "price"), [(USD, 20, 3), (TOKENS, 10, 3)])
async def test_credits_are_held_by_estimate_and_charged_by_use(desk, tariff, held, price):
    await desk.store.grant("credits:t", 100, "g")
    charge = desk.charge(Caller(team="t", key="k", tariff=tariff))
    await charge.take(REQUEST, TARGETS, 60.0)
    during = await desk.balance("credits:t")
    charge.end(SERVED)
    await desk.settled()
    (row,) = await desk.rows()

    assert (during, await desk.balance("credits:t")) == ((held, 0), (0, price))
    assert row.detail["credits"] == price


async def test_without_credits_there_is_no_call(desk):
    error, _ = await desk.refused(Caller(team="t", key="k", tariff=USD))

    assert (error.kind, error.meaning.status, error.meaning.code) == (
        Kind.UNPAID,
        402,
        "insufficient_quota",
    )


async def test_a_call_that_nobody_served_costs_no_credit(desk):
    await desk.store.grant("credits:t", 100, "g")
    await desk.call(Caller(team="t", key="k", tariff=USD), FAILED)

    assert await desk.balance("credits:t") == (0, 0)
    assert await desk.store.check() == []


async def test_in_the_job_mode_a_direct_call_costs_nothing(desk):
    job_based = Tariff(Mode.JOB_BASED, 10, 10)
    await desk.call(Caller(team="t", key="k", tariff=job_based))

    assert desk.store.did("admit") == 0
    assert await desk.balance("credits:t") == (0, 0)


async def test_a_call_of_a_job_holds_no_credits_because_the_job_does(desk):
    charge = desk.charge(Caller(team="t", key="k", tariff=USD, jobs_only=True), "job_1")
    await charge.take(REQUEST, TARGETS, 60.0)
    charge.end(SERVED)
    await desk.settled()
    (row,) = await desk.rows()

    assert (row.job, "credits" in row.detail) == ("job_1", False)
    assert desk.store.did("admit") == 0


async def test_a_team_of_jobs_has_no_direct_calls(desk):
    error, _ = await desk.refused(Caller(team="t", key="k", jobs_only=True))

    assert (error.kind, error.meaning.status) == (Kind.FORBIDDEN, 403)


async def test_a_call_that_was_left_is_charged_by_a_guess(desk):
    await desk.store.grant("credits:t", 1000, "g")
    left = ended(outcome=Outcome.CANCELLED, bytes_out=1500)
    await desk.call(Caller(team="t", key="k", tariff=USD), left)
    (row,) = await desk.rows()

    assert (row.prompt_tokens, row.completion_tokens) == (15, 10)
    assert row.detail["usage_is_estimate"] is True
    assert await desk.balance("credits:t") == (0, 3)


async def test_a_call_that_was_left_is_charged_by_a_guess_though_nobody_keeps_its_request(desk):
    charge = desk.charge(Caller())
    await charge.take(REQUEST, TARGETS, 60.0)
    assert charge.let_go()
    assert charge._request is None
    charge.end(ended(outcome=Outcome.CANCELLED, bytes_out=1500))
    await desk.settled()

    assert [(row.prompt_tokens, row.completion_tokens) for row in await desk.rows()] == [(15, 10)]


async def test_what_went_out_of_an_answer_that_ended_early_is_no_more_than_was_asked_for(desk):
    charge = desk.charge(Caller())
    await charge.take(REQUEST, TARGETS, 60.0)
    most = estimate_of(REQUEST).completion
    assert charge.let_go()

    assert charge.so_far(Usage(9, 1), 1500) == Usage(9, 10)
    assert charge.so_far(Usage(9, 1), 1500, 4) == Usage(9, 6)
    assert charge.so_far(Usage(9, 1), 10**9) == Usage(9, most)


async def test_a_last_part_that_told_nothing_is_guessed_by_the_request_though_one_before_it_told(
    desk,
):
    runs = (Run("p/m", Usage(9, 3), Decimal("0.12"), is_guess=True), Run("q/m", None, None))
    told = {"usage": Usage(9, 3), "cost_usd": Decimal("0.12"), "runs": runs}
    cut = ended(target="q/m", outcome=Outcome.CUT, bytes_out=1500, stream=True, **told)

    await desk.call(Caller(), cut)

    [row] = await desk.store.rows(Finding())
    assert (row.prompt_tokens, row.completion_tokens) == (9 + 15, 10)


async def test_what_cannot_be_estimated_is_kept(desk, monkeypatch):
    charge = desk.charge(Caller())
    await charge.take(REQUEST, TARGETS, 60.0)
    monkeypatch.setattr(charges, "estimate_of", Mock(side_effect=ValueError))

    assert not charge.let_go()
    assert charge._request is REQUEST


async def test_a_call_that_was_never_weighed_is_guessed_without_its_request(desk):
    charge = desk.charge(Caller())
    charge.end(ended(outcome=Outcome.CANCELLED, bytes_out=1500))
    await desk.settled()

    assert [row.completion_tokens for row in await desk.rows()] == [0]


async def test_a_charge_ends_once(desk):
    charge = desk.charge(Caller())
    charge.end(SERVED)
    charge.end(FAILED)
    await desk.settled()

    assert [row.outcome for row in await desk.rows()] == ["served"]


async def test_a_call_is_dated_by_when_it_came(desk):
    await desk.call(Caller(), ended(at=1_790_000_000.0, duration_ms=1000.0))

    assert [row.at for row in await desk.rows()] == [1_789_999_999.0]


async def test_bodies_are_kept_only_where_the_team_wants_them(desk, monkeypatch):
    monkeypatch.setattr(charges, "MOST_BODY", 6)
    for caller in (Caller(), Caller(keeps_bodies=True)):
        charge = desk.charge(caller)
        charge.keep("request", b"abcd")
        charge.keep("request", "eü".encode())
        charge.keep("request", b"more")
        charge.detail = {"purpose": "a test"}
        charge.end(SERVED)
    await desk.settled()
    plain, kept = await desk.rows()

    assert "request" not in plain.detail
    assert (kept.detail["request"], kept.detail["purpose"]) == ("abcde", "a test")


async def test_while_the_store_is_away_limits_are_shares(desk):
    caller = limited(rpm=2, tpm=1000)
    desk.store.away = True
    first = desk.charge(caller)
    await first.take(REQUEST, [Rated("p/m", 1)], 60.0)
    first.end(SERVED)
    second = desk.charge(caller)
    await second.take(REQUEST, [Rated("p/m", 1)], 60.0)
    desk.settler._drawn(1)
    with pytest.raises(ProxyError) as caught:
        await desk.charge(caller).take(REQUEST, TARGETS, 60.0)

    assert caught.value.kind is Kind.RATE_LIMIT
    assert second.over == {"p/m"}
    # What the first call did not use of its share has come back.
    third = desk.shares.admit(Ask((Want("tokens:key:k", 1000, 0),)))
    assert isinstance(third, Granted)
    assert third.levels[0].remaining == 870


async def test_corrections_of_shares_are_not_told_to_the_store(desk):
    desk.store.away = True
    charge = desk.charge(limited(tpm=1000))
    await charge.take(REQUEST, TARGETS, 60.0)
    charge.end(SERVED)
    desk.store.away = False
    await desk.settled()

    assert await desk.left("tokens:key:k", 1000) == 1000
    assert [row.id for row in await desk.rows()] == ["c1"]


async def test_what_was_spent_of_a_budget_while_the_store_was_away_is_counted_later(desk):
    caller = limited(budget_micros=3_000_000)
    desk.store.away = True
    for end in (SERVED, FAILED):
        charge = desk.charge(caller)
        await charge.take(REQUEST, TARGETS, 60.0)
        charge.end(end)
        desk.settler._queue[-1] = desk.settler._queue[-1]()  # worked out at once
    endings = list(desk.settler._queue)
    desk.settler._queue.clear()
    desk.store.away = False
    for _ in range(2):
        for ending in endings:
            await desk.settler._tell([ending])

    assert await desk.balance("budget:key:k:2023-11") == (0, 250_000)
    assert await desk.store.check() == []


async def test_what_a_store_took_whose_answer_was_lost_is_given_back_where_the_share_refuses(
    desk, monkeypatch
):
    plain = desk.store._plain

    async def heard_too_late(ask):
        await plain.admit(ask)
        raise StoreError("it did not answer in time")

    monkeypatch.setattr(desk.store, "admit", heard_too_late)
    monkeypatch.setattr(desk.shares, "_replicas", lambda: 4)
    # The call may cost half of it, and a process has a quarter.
    charge = desk.charge(limited(budget_micros=4_000_000))
    account = "budget:key:k:2023-11"
    with pytest.raises(ProxyError) as caught:
        await charge.take(REQUEST, TARGETS, 60.0)
    before = await desk.balance(account)
    charge.end(ended(target=None, outcome=Outcome.REFUSED, status=0))
    await desk.settled()

    assert caught.value.kind is Kind.UNPAID
    assert before == (2_000_000, 0)
    assert await desk.balance(account) == (0, 0)


async def test_a_budget_has_a_bound_while_the_store_is_away_too(desk):
    caller = limited(budget_micros=3_000_000)
    desk.store.away = True
    await desk.charge(caller).take(REQUEST, TARGETS, 60.0)
    with pytest.raises(ProxyError) as caught:
        await desk.charge(caller).take(REQUEST, TARGETS, 60.0)

    assert caught.value.kind is Kind.UNPAID


async def test_without_the_store_nobody_can_pay_in_advance(desk):
    await desk.store.grant("credits:t", 100, "g")
    desk.store.away = True
    charge = desk.charge(Caller(team="t", key="k", tariff=USD))
    with pytest.raises(ProxyError) as caught:
        await charge.take(REQUEST, TARGETS, 60.0)

    assert (caught.value.kind, caught.value.meaning.status) == (Kind.SATURATED, 503)
    assert caught.value.retry_after > 0


@pytest.mark.parametrize("how", ["it failed", "the caller left"])
async def test_a_hold_that_was_made_without_our_hearing_of_it_is_released(desk, monkeypatch, how):
    await desk.store.grant("credits:t", 100, "g")
    plain = desk.store.admit

    async def deaf(ask):
        await plain(ask)
        if how == "it failed":
            desk.store.away = True
        await desk.store.sweep()
        await asyncio.Event().wait()

    monkeypatch.setattr(desk.store, "admit", deaf)
    charge = desk.charge(Caller(team="t", key="k", tariff=USD))
    taking = asyncio.ensure_future(charge.take(REQUEST, TARGETS, 60.0))
    for _ in range(5):
        await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait({taking})
    desk.store.away = False
    during = await desk.balance("credits:t")
    charge.end(ended(target=None, outcome=Outcome.CANCELLED))
    await desk.settled()

    assert (during, await desk.balance("credits:t")) == ((20, 0), (0, 0))


@pytest.mark.parametrize(("stream", "seconds"), [(False, 120.0), (True, 3720.0)])
async def test_a_hold_outlasts_its_call_and_a_stream_has_an_hour(desk, stream, seconds):
    asked = []
    plain = desk.store.admit
    desk.store.admit = lambda ask: asked.append(ask) or plain(ask)
    charge = desk.charge(limited(budget_micros=10**9))
    await charge.take(replace(REQUEST, stream=stream), TARGETS, 60.0)

    assert [hold.seconds for hold in asked[0].holds] == [seconds]


@pytest.mark.parametrize("end", [SERVED, FAILED, ended(), replace(SERVED, cost_usd=None)])
async def test_a_call_that_took_nothing_ends_like_one_that_took_none_of_anything(end):
    charge = Desk().charge(Caller(team="blue"))
    await charge.take(REQUEST, (), 60.0)
    charge.end(end)
    nothing = charge._ending()
    charge._taken = charges._Taken()

    assert nothing == charge._ending()


async def test_what_is_free_takes_nothing_and_is_told_as_what_took_nothing():
    rows = []
    for takes in (True, False):
        desk = Desk()
        charge = desk.charge(Caller(team="blue"))
        if takes:
            await charge.take(REQUEST, TARGETS, 60.0)
        else:
            charge.free(REQUEST)
        charge.end(ended(usage=None))
        await desk.settled()
        rows.append((await desk.store.rows(Finding()), charge.headers, charge.over))

    assert rows[0] == rows[1]
    assert rows[0][0][0].prompt_tokens == 15


def test_what_is_bound_is_not_free():
    with pytest.raises(AssertionError):
        Desk().charge(Caller(key="k", key_allowance=Allowance(rpm=1))).free(REQUEST)


async def test_what_is_printed_of_a_charge_holds_nothing_of_its_call():
    desk = Desk()
    charge = desk.charge(Caller(keeps_bodies=True))
    await charge.take(REQUEST, (), 1.0)
    charge.keep("request", b"a secret")

    assert repr(charge) == "Charge('c1')"


async def test_what_is_held_is_given_back_where_nobody_can_say_what_the_call_comes_to(
    desk, monkeypatch, caplog
):
    monkeypatch.setattr(charges, "bill_of", None)
    await desk.store.grant("credits:t", 100, "g")
    await desk.call(Caller(team="t", key="k", tariff=USD))
    (row,) = await desk.rows()

    assert await desk.balance("credits:t") == (0, 0)
    assert (row.prompt_tokens, row.completion_tokens, row.priced) == (10, 20, False)
    assert "what the call comes to is not known" in caplog.text


async def test_a_call_that_cannot_be_guessed_ends_all_the_same(desk, monkeypatch):
    monkeypatch.setattr(charges, "estimate_of", None)
    charge = desk.charge(Caller(team="acme"))
    charge.free(REQUEST)
    with pytest.raises(TypeError):
        charge.end(ended(usage=None))
    await desk.settled()

    assert len(await desk.rows()) == 1
