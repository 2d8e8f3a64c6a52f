"""Calls that wait for the store before they are begun on the fast path, beside a proxy that does not have it."""

import asyncio
import gc
from unittest.mock import patch

import pytest

from proxy.core.errors import Kind
from proxy.core.shape import ChatRequest
from proxy.gate.admit import Gate
from proxy.gate.tenants import Allowance, Mode
from proxy.store.memory import MemoryStore
from proxy.store.store import StoreError
from proxy.upstream.client import Upstream
from proxy.web.fastcall import FastCall
from proxy.web.fastcharge import FastCharge
from tests.support.calling import reached
from tests.support.twins import call, twins
from tests.web.test_fastpath import SCRIPTS, Tenants, with_keys


class Far:
    """A store that answers when it may."""

    def __init__(self):
        self.may = asyncio.Event()
        self.may.set()
        self.asked = 0

    async def admit(self, store, ask):
        self.asked += 1
        await asyncio.sleep(0)
        await self.may.wait()
        return store.admit_at_once(ask)


@pytest.fixture
def far():
    store = Far()

    async def admit(self, ask):
        return await store.admit(self, ask)

    with patch.object(MemoryStore, "admit", admit), patch.object(Gate, "charges_at_once", False):
        yield store


class Calls:
    """Calls with the key of a team that is bound."""

    def __init__(self, scene):
        self.scene = scene

    async def begun(self, **said):
        issued = await Tenants(self.scene).add("bound", **said)
        self._keys = [secret.reveal() for _, secret in issued]
        self.clients = await self.scene.clients()
        await self.ask()
        self.scene.fast.ways()
        return self

    def datas(self, model="whole", **fields):
        return [call(model, f"authorization: Bearer {key}", **fields) for key in self._keys]

    async def ask(self, model="whole", **fields):
        """The answer to one, and its way."""
        answer = await self.scene.ask_each(self.datas(model, **fields), self.clients)
        return answer.status, self.scene.fast.ways()

    async def sent(self, far):
        """Both are out, and the store of each was asked."""
        for client, data in zip(self.clients, self.datas(), strict=True):
            await client.send(data)
        await reached(lambda: far.asked == 2)

    async def over(self):
        """What is held and spent at each, once all is told."""
        await self.scene.over()
        stores = [twin.app.office.store for twin in self.scene.each]
        lines = [
            sorted((each.account, each.kind, each.amount) for each in await store.entries())
            for store in stores
        ]
        assert lines[0] == lines[1]
        return sum(amount for _, kind, amount in lines[0] if kind in {"hold", "settle", "release"})


BOUND = {"allowance": Allowance(rpm=100, budget_micros=10_000_000)}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_call_is_begun_when_the_store_has_answered(far, stream):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**BOUND)
        found = [await calls.ask(stream=stream) for _ in range(3)]
        await calls.over()

    assert found == [(200, ["handed" if stream else "fast"])] * 3
    assert far.asked == 2 * 4


async def test_who_has_nothing_left_is_refused_as_before(far):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(mode=Mode.CONSUMPTION_TOKENS)

        assert [await calls.ask() for _ in range(2)] == [(402, []), (402, [])]

        await calls.over()


@pytest.mark.parametrize("name", ["rated", "whole"])
async def test_a_target_that_has_no_more_is_passed_over(far, name):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun()
        answer = MemoryStore.admit_at_once

        def short(store, ask):
            granted = answer(store, ask)
            return type(granted)(granted.levels, tuple(want.limit for want in ask.spare))

        with patch.object(MemoryStore, "admit_at_once", short):
            found = await calls.ask(name)
        await calls.over()

    # There is no other target.
    assert found == {"rated": (429, []), "whole": (200, ["fast"])}[name]


async def test_a_store_that_does_not_answer_is_done_without_as_before(far, monkeypatch):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(allowance=Allowance(rpm=100))

        def away(*_):
            raise StoreError("it is on holiday")

        with monkeypatch.context() as broken:
            broken.setattr(MemoryStore, "admit_at_once", away)
            found = await calls.ask()
        await calls.over()

    assert found == (200, ["fast"])


async def test_a_caller_who_leaves_meanwhile_is_not_served_and_pays_nothing(far):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**BOUND)
        far.asked = 0
        far.may.clear()
        await calls.sent(far)
        for client in calls.clients:
            client.reset()
        await asyncio.sleep(0.02)
        far.may.set()
        for twin in scene.each:
            await twin.quiet()
        facts = (await scene.same())["facts"]

        assert "cancelled" in str(facts)
        assert scene.fast.ways() == []

        await calls.over()


async def test_who_stops_dismisses_those_who_wait_for_the_store_too(far):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**BOUND)
        far.asked = 0
        far.may.clear()
        await calls.sent(far)
        path = scene.fast.app._fast_path
        waiting = list(path._calls)
        for twin in scene.each:
            twin.app._presence.dismiss(Kind.SATURATED, "This server stops.")
        gone_on = list(path._calls)
        far.may.set()
        answers = [await client.response() for client in calls.clients]

        assert (len(waiting), gone_on) == (1, [])
        assert [answer.status for answer in answers] == [503, 503]
        assert scene.fast.ways() == []

        await calls.over()


async def test_who_waits_for_the_store_takes_no_place_from_those_who_need_not(far):
    async with twins(SCRIPTS, with_keys, max_in_flight=1, max_queue=0) as scene:
        calls = await Calls(scene).begun(**BOUND)
        others = await scene.clients()
        free = call("whole", "authorization: Bearer fb-static-all")
        for _ in range(2):
            await scene.ask(free, others)
        far.asked = 0
        far.may.clear()
        await calls.sent(far)
        others_served = [(await client.ask(free)).status for client in others]
        far.may.set()
        served = [(await client.response()).status for client in calls.clients]

    assert others_served == served == [200, 200]


async def test_a_call_for_which_there_is_no_place_then_waits_for_one_as_before(far):
    async with twins(SCRIPTS, with_keys, max_in_flight=1) as scene:
        calls = await Calls(scene).begun(**BOUND)
        slow = await scene.clients()
        for client in slow:
            await client.send(call("slow", "authorization: Bearer fb-static-all"))
        for twin in scene.each:
            await reached(lambda: twin.held()["places"] == 1)  # noqa: B023 (looked at here)
        answers = await asyncio.gather(
            *(client.ask(data) for client, data in zip(calls.clients, calls.datas(), strict=True))
        )
        ways = scene.fast.ways()
        first = [(await client.response()).status for client in slow]

    assert [answer.status for answer in answers] == first == [200, 200]
    assert ways == []


@pytest.mark.parametrize("which", [0, 1], ids=["fast", "plain"])
@pytest.mark.parametrize(
    "said", [BOUND, {"mode": Mode.CONSUMPTION_TOKENS}], ids=["served", "refused"]
)
async def test_a_call_that_is_over_is_gone_at_once(far, said, which):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**said)
        client, data, twin = calls.clients[which], calls.datas()[which], scene.each[which]
        await client.ask(data)
        await twin.quiet()
        gc.collect()
        gc.disable()
        try:
            before = _kept()
            for _ in range(5):
                await client.ask(data)
            await twin.quiet()
            after = _kept()
        finally:
            gc.enable()

    assert after == before


def _kept():
    return sum(type(each) in {FastCharge, ChatRequest} for each in gc.get_objects())


async def test_where_nobody_can_be_asked_at_once_the_endpoint_goes_on_with_what_was_taken(far):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**BOUND)
        far.asked = 0
        with patch.object(Upstream, "begin", lambda *_, **__: None):
            found = await calls.ask()
        await calls.over()

    assert (found, far.asked) == ((200, []), 2)


async def test_a_failure_of_ours_is_logged_and_the_endpoints(far, caplog):
    async with twins(SCRIPTS, with_keys) as scene:
        calls = await Calls(scene).begun(**BOUND)
        client, data = calls.clients[0], calls.datas()[0]
        with patch.object(FastCall, "__init__", side_effect=RuntimeError("a fault of ours")):
            found = await client.ask(data)
        await scene.fast.quiet()

    assert found.status == 200
    assert "a fault of ours" in caplog.text
