import asyncio
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.core.facts import CallEnded, Outcome
from proxy.core.shape import ChatRequest
from proxy.core.usage import Usage
from proxy.gate.jobs.bodies import Part
from proxy.gate.jobs.job import State
from proxy.gate.jobs.once import Result
from proxy.store.store import StoreError
from proxy.web.jobs.aside import Aside
from proxy.web.jobs.errand import JobErrand, Workshop
from tests.support.calling import reached, turns
from tests.support.jobs import BY_JOB, BY_USD, Shop

REQUEST = ChatRequest(body={"messages": [{"role": "user", "content": "hi"}], "max_tokens": 10})
ENDED = CallEnded(
    *("req", "jobs", "chat", "chat", "p/m", (), Outcome.SERVED, 200, None),
    *(False, 1.0, 20.0, Usage(6, 4), ()),
    cost_usd=Decimal("0.25"),
)
FAILED = replace(
    ENDED, target=None, outcome=Outcome.FAILED, kind=Kind.OVERLOADED, usage=None, cost_usd=None
)
LEFT = replace(ENDED, outcome=Outcome.CANCELLED, kind=Kind.CANCELLED, usage=None, cost_usd=None)

DRAFT = Part("draft", {"k": 1})


def cost(target, _served, usage, _tier):
    """A cent for each token at p/m; nobody knows what others cost."""
    return Decimal(usage.total) / 100 if target == "p/m" else None


def plan(*names):
    candidates = [SimpleNamespace(target=SimpleNamespace(name=name)) for name in names]
    return SimpleNamespace(steps=[SimpleNamespace(candidates=candidates)])


class Bench(Shop):
    """A job, and errands for it."""

    @classmethod
    async def ready(cls, tariff=BY_JOB, funds=100):
        bench = await cls().funded(funds)
        bench.aside = Aside()
        bench.shop = Workshop(bench.jobs, bench.clock, cost, bench.aside)
        bench.name = await bench.create(tariff)
        return bench

    async def errand(self, *, closes=False, begin=("p/m", "q/m")):
        errand = JobErrand(self.shop, await self.job(), DRAFT, closes=closes)
        self.charge = SimpleNamespace(id="call_1", detail={})
        if begin:
            await errand.begin(self.charge, REQUEST, plan(*begin))
        return errand

    async def job(self):
        return await self.jobs.find("acme", self.name)


async def test_credits_are_held_for_the_dearest_that_may_be_asked():
    bench = await Bench.ready(BY_USD)
    await bench.errand()
    job = await bench.job()
    tokens = job.running[0].tokens

    assert tokens >= 11
    assert job.running[0].cost_micros == tokens * 10_000
    assert job.held == job.needed == -(-tokens // 10)
    assert bench.charge.detail == {"purpose": "draft", "metadata": {"k": 1}}


async def test_without_a_price_nothing_more_is_held_than_one_credit():
    bench = await Bench.ready(BY_USD)
    await bench.errand(begin=("q/m",))

    assert (await bench.job()).held == 1


async def test_a_call_of_a_job_is_told_and_the_job_stays_open():
    bench = await Bench.ready()
    errand = await bench.errand()
    told = await errand.over(ENDED)
    errand.ended(ENDED)
    job = await bench.job()

    assert told == {"call_id": "call_1", "latency_ms": 20.0}
    assert (job.state, job.totals.tokens, job.totals.cost_micros) == (
        State.IN_PROGRESS,
        10,
        250_000,
    )
    assert (job.calls[0].purpose, job.calls[0].error, errand.result) == ("draft", "", Result.WHOLE)


async def test_a_stream_of_a_job_says_what_the_job_has_come_to():
    bench = await Bench.ready()
    told = await (await bench.errand()).over(replace(ENDED, stream=True))

    assert (told["job_id"], told["status"]) == (bench.name, "in_progress")
    assert (told["costs"]["total_calls"], told["costs"]["credits_remaining"]) == (1, 99)
    assert told["costs"]["credit_applied"] == 0


async def test_a_stream_that_outlives_its_job_says_what_was_applied():
    bench = await Bench.ready()
    errand = await bench.errand()
    await bench.jobs.close(
        "acme", bench.name, SimpleNamespace(state=State.COMPLETED, metadata={}, error="")
    )
    told = await errand.over(replace(ENDED, stream=True))

    assert (told["status"], told["costs"]["credit_applied"]) == ("completed", 1)


@pytest.mark.parametrize(
    ("ended", "state", "error", "spent", "result"),
    [
        (ENDED, State.COMPLETED, "", 1, Result.WHOLE),
        (FAILED, State.FAILED, "overloaded", 0, Result.FAILED),
        (
            replace(FAILED, target="p/m", outcome=Outcome.CUT),
            State.FAILED,
            "overloaded",
            0,
            Result.FAILED,
        ),
        (LEFT, State.COMPLETED, "caller_left", 1, Result.LOST),
        (replace(LEFT, target=None), State.FAILED, "caller_left", 0, Result.FAILED),
        (
            replace(FAILED, outcome=Outcome.REFUSED, kind=None),
            State.FAILED,
            "refused",
            0,
            Result.FAILED,
        ),
    ],
)
async def test_a_call_that_creates_its_job_completes_it(ended, state, error, spent, result):
    bench = await Bench.ready()
    errand = await bench.errand(closes=True)
    told = await errand.over(ended)
    job = await bench.job()

    assert (job.state, job.error, told["status"]) == (state, error, state.value)
    assert (await bench.credits())[:2] == (0, spent)
    assert errand.result is result


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_that_was_served_stays_so_where_its_last_words_do_not_get_through(
    stream, caplog
):
    bench = await Bench.ready()
    errand = await bench.errand(closes=True)
    served = replace(ENDED, stream=stream)
    told = await errand.over(served)
    again = await errand.over(replace(served, outcome=Outcome.CUT, kind=Kind.DRAINING))
    job = await bench.job()

    assert (again, errand.result) == (told, Result.WHOLE)
    assert (job.state, job.totals.calls, job.totals.failed) == (State.COMPLETED, 1, 0)
    assert (await bench.credits())[:2] == (0, 1)
    assert caplog.text == ""


async def test_an_end_that_is_said_while_the_first_is_told_waits_for_it(monkeypatch):
    bench = await Bench.ready()
    errand = await bench.errand(closes=True)
    settle, back = bench.store.settle, asyncio.Event()

    async def slow(settlements):
        await back.wait()
        return await settle(settlements)

    monkeypatch.setattr(bench.store, "settle", slow)
    first = asyncio.ensure_future(errand.over(ENDED))
    await turns(5)
    first.cancel()
    second = asyncio.ensure_future(errand.over(replace(FAILED, kind=Kind.DRAINING)))
    await turns(5)
    waits = not second.done()
    back.set()
    told = await second

    assert (waits, first.cancelled(), errand.result) == (True, True, Result.WHOLE)
    assert (told["status"], (await bench.credits())[:2]) == ("completed", (0, 1))


async def test_a_call_that_was_refused_before_it_began_is_none_of_its_jobs_calls():
    bench = await Bench.ready()
    told = await (await bench.errand(closes=True, begin=())).over(FAILED)

    assert (told["call_id"], told["costs"]["total_calls"]) == (None, 0)
    assert (await bench.job()).state is State.FAILED


async def test_what_a_caller_who_left_had_used_is_guessed_and_counted():
    bench = await Bench.ready()
    errand = await bench.errand()
    errand.ended(replace(LEFT, stream=True, bytes_out=300))
    await reached(lambda: not bench.aside._tasks)
    job = await bench.job()

    assert job.calls[0].error == "cancelled"
    assert (job.totals.calls, job.totals.failed) == (1, 1)
    assert job.totals.completion_tokens == 2
    assert job.totals.prompt_tokens > 0


async def test_a_call_that_there_are_no_credits_for_is_refused_and_not_counted():
    bench = await Bench.ready(BY_USD, funds=1)
    errand = await bench.errand(begin=())
    with pytest.raises(ProxyError) as caught:
        await errand.begin(SimpleNamespace(id="call_1", detail={}), REQUEST, plan("p/m"))
    await errand.over(FAILED)

    assert caught.value.kind is Kind.UNPAID
    assert (await bench.job()).totals.calls == 0


class Away:
    """A store whose documents cannot be changed, so many times."""

    def __init__(self, store, times):
        self._replace = store.replace
        self.times = times

    async def replace(self, table, document):
        if self.times:
            self.times -= 1
            raise StoreError("away")
        return await self._replace(table, document)


async def test_what_the_store_could_not_be_told_is_told_later_and_the_caller_has_its_answer(
    monkeypatch,
):
    bench = await Bench.ready()
    errand = await bench.errand(closes=True)
    away = Away(bench.store, 3)
    monkeypatch.setattr(bench.store, "replace", away.replace)
    told = await errand.over(ENDED)
    await reached(lambda: not bench.aside._tasks)
    job = await bench.job()

    assert told == {"call_id": "call_1", "latency_ms": 20.0}
    assert (job.state, job.totals.calls) == (State.COMPLETED, 1)
    assert (await bench.credits())[:2] == (0, 1)
    assert bench.clock.slept[:2] == [0.5, 1.0]


@pytest.mark.parametrize("times", [0, 1])
async def test_a_job_that_is_gone_is_told_nothing(monkeypatch, times, caplog):
    bench = await Bench.ready()
    errand = await bench.errand(closes=True)
    away = Away(bench.store, times)
    monkeypatch.setattr(bench.store, "replace", away.replace)
    if times:
        found = bench.store.get

        async def get(table, name):
            return None if not away.times else await found(table, name)

        monkeypatch.setattr(bench.store, "get", get)
    else:
        await bench.store.delete("jobs", bench.name)
    await errand.over(ENDED)
    await reached(lambda: not bench.aside._tasks)

    assert f"{bench.name} was not told of a call" in caplog.text


async def test_a_begin_that_nobody_heard_the_end_of_is_ended_all_the_same(monkeypatch):
    bench = await Bench.ready(BY_USD)
    errand = await bench.errand(begin=())
    admit = bench.store.admit

    async def lost(ask):
        await admit(ask)
        raise StoreError("the answer was lost")

    monkeypatch.setattr(bench.store, "admit", lost)
    with pytest.raises(ProxyError):
        await errand.begin(SimpleNamespace(id="call_1", detail={}), REQUEST, plan("p/m"))
    monkeypatch.undo()
    await errand.over(FAILED)
    job = await bench.job()

    assert (job.running, job.held) == ((), 1)
