"""What a call takes without a wait, beside what it takes with one: the same, or nothing."""

import pytest

from proxy.core.shape import ChatRequest
from proxy.gate.caller import Caller, Tariff
from proxy.gate.charge import Charge, Counters
from proxy.gate.limits import Rated
from proxy.gate.link import Link
from proxy.gate.settle import Settler
from proxy.gate.shares import Shares
from proxy.gate.tenants import Allowance, Mode
from proxy.store.memory import MemoryStore
from proxy.store.records import Ask, Finding, Want
from tests.gate.test_charge import FAILED, REQUEST, SERVED, cost
from tests.support.moods import MoodyStore, Time

STREAM = ChatRequest(REQUEST.body, stream=True)
LIMITED = Allowance(rpm=10, tpm=1000)
SPENDING = Allowance(budget_micros=10**7)
CALLERS = {
    "free": Caller(team="t", key="k"),
    "limited": Caller(team="t", key="k", key_allowance=LIMITED),
    "of-a-limited-team": Caller(
        team="t", key="k", key_allowance=LIMITED, team_allowance=Allowance(rpm=7)
    ),
    "budgeted": Caller(team="t", key="k", key_allowance=SPENDING, team_allowance=SPENDING),
    "paying": Caller(team="t", key="k", tariff=Tariff(Mode.CONSUMPTION_TOKENS, 10, 10)),
}
TARGETS = {
    "unrated": (Rated("p/m"), Rated("q/m", first=False)),
    "rated": (Rated("p/m", 60, 6000), Rated("q/m", 30, 300, first=False)),
}
LIMITS = {
    "requests:key:k": 10,
    "tokens:key:k": 1000,
    "requests:team:t": 7,
    **{f"requests:target:{name}": rpm for name, rpm in (("p/m", 60), ("q/m", 30))},
    **{f"tokens:target:{name}": tpm for name, tpm in (("p/m", 6000), ("q/m", 300))},
}


class Desk:
    def __init__(self, store=None):
        self.clock = Time()
        self.store = store or MemoryStore(self.clock)
        self.settler = Settler(self.store, self.clock)
        self._counters = Counters(
            Link(self.store, self.clock), Shares(self.clock), self.settler, self.clock, cost, str
        )

    async def opened(self, caller, credit=100):
        if caller.tariff is not None:
            await self.store.grant("credits:t", credit, "g")
        return Charge(self._counters, caller, "", "c1")

    async def settled(self):
        for ending in self.settler._drawn(100):
            await self.settler._tell([ending])

    async def stands(self):
        """What is left of every limit, and what was held and spent."""
        levels = await self.store.admit(
            Ask(tuple(Want(name, rate, 0) for name, rate in LIMITS.items()))
        )
        lines = [
            (each.account, each.kind, each.amount, each.ref) for each in await self.store.entries()
        ]
        return [level.remaining for level in levels.levels], lines


@pytest.mark.parametrize("end", [SERVED, FAILED])
@pytest.mark.parametrize("request_", [REQUEST, STREAM])
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
async def test_what_is_taken_at_once_is_what_is_taken_otherwise(caller, targets, request_, end):
    found = []
    for is_at_once in (True, False):
        desk = Desk()
        charge = await desk.opened(caller)
        if is_at_once:
            assert charge.take_at_once(request_, targets, 60.0)
        else:
            await charge.take(request_, targets, 60.0)
        during = await desk.stands()
        charge.end(end)
        await desk.settled()
        after = await desk.stands(), await desk.store.rows(Finding())
        found.append((charge.headers, charge.over, during, after))

    assert found[0] == found[1]


SHORT = {
    "requests": (CALLERS["limited"], TARGETS["unrated"], "requests:key:k"),
    "tokens": (CALLERS["limited"], TARGETS["unrated"], "tokens:key:k"),
    "first": (CALLERS["free"], TARGETS["rated"], "requests:target:p/m"),
    "second": (CALLERS["limited"], TARGETS["rated"], "tokens:target:q/m"),
}


@pytest.mark.parametrize("way", SHORT)
async def test_of_what_has_too_little_left_nothing_is_taken_at_all(way):
    caller, targets, limit = SHORT[way]
    desk = Desk()
    charge = await desk.opened(caller)
    await desk.store.admit(Ask((Want(limit, LIMITS[limit], LIMITS[limit]),)))
    before = await desk.stands()
    took = charge.take_at_once(REQUEST, targets, 60.0)
    charge.give_back()
    await desk.settled()

    assert (took, charge.headers, charge.over) == (False, [], frozenset())
    assert await desk.stands() == before


async def test_who_cannot_pay_is_not_served_at_once():
    desk = Desk()
    charge = await desk.opened(CALLERS["paying"], credit=9)
    before = await desk.stands()

    assert not charge.take_at_once(REQUEST, TARGETS["unrated"], 60.0)
    assert await desk.stands() == before


async def test_a_store_that_is_to_be_waited_for_is_not_asked():
    clock = Time()
    store = MoodyStore(clock)
    charge = await Desk(store).opened(CALLERS["limited"])

    assert not charge.take_at_once(REQUEST, TARGETS["unrated"], 60.0)
    assert store.asked == []


@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("caller", CALLERS.values(), ids=CALLERS)
async def test_what_is_given_back_is_there_for_the_next(caller, targets):
    desk = Desk()
    charge = await desk.opened(caller)
    before, _ = await desk.stands()
    charge.take_at_once(REQUEST, targets, 60.0)
    charge.give_back()
    charge.give_back()
    await desk.settled()
    after, lines = await desk.stands()

    assert after == before
    for account in {account for account, *_ in lines}:
        balance = await desk.store.balance(account)
        assert (balance.held, balance.spent) == (0, 0)
    assert await desk.store.rows(Finding()) == []


async def test_whose_calls_may_be_refused_or_kept_takes_nothing_at_once():
    for caller in (Caller(jobs_only=True), Caller(keeps_bodies=True)):
        charge = await Desk().opened(caller)
        with pytest.raises(AssertionError):
            charge.take_at_once(REQUEST, (), 60.0)
