import asyncio

import pytest

from proxy.core import jsons
from proxy.core.build import Builder
from proxy.core.fold import fold
from proxy.gate.answers import BYPASS, HIT, MISS, MOST_WRITES, OFF, REFRESH, Answers
from proxy.gate.cache import MOST, Place
from proxy.gate.caller import Caller
from proxy.store.memory import MemoryStore
from proxy.surfaces.chat import Chat
from tests.support.moods import LoopTime, MoodyStore, Time

PLACE = Place("chat", "chat", (("p/m", {}),))


def asked(**more):
    said = {"model": "chat", "messages": [{"role": "user", "content": "hi"}], **more}
    return Chat().parse(jsons.encode(said))


def said(text="hello"):
    build = Builder(1_700_000_000, "chatcmpl-1", "m")
    return [build.role(), build.text(text), build.finish("stop")]


class House:
    def __init__(self, store=None):
        self.clock = Time()
        self.answers = Answers(store or MemoryStore(self.clock))

    async def entry(self, team="blue", wish="", **more):
        return await self.answers.entry(Caller(team), asked(**more), PLACE, 60.0, wish)

    async def kept(self, **more):
        entry = await self.entry(**more)
        entry.whole("p/m", fold(said()))
        await self.answers.close()


async def test_what_was_streamed_is_there_at_the_next_call():
    house = House()
    entry = await house.entry()
    entry.take(said()[:2])
    entry.take(said()[2:])
    entry.end("p/m")
    await house.answers.close()
    again = await house.entry(stream=True)

    assert (entry.result, entry.kept) == (MISS, None)
    assert again.result == HIT
    assert again.kept.target == "p/m"
    assert again.kept.whole() == fold(said())


async def test_what_was_given_whole_is_there_until_its_time_has_passed():
    house = House()
    await house.kept()

    assert (await house.entry()).result == HIT
    house.clock.at += 61.0
    assert (await house.entry()).result == MISS


async def test_another_tenant_finds_nothing():
    house = House()
    await house.kept()

    assert (await house.entry("red")).result == MISS
    assert (await house.entry("")).result == MISS


async def test_nothing_is_kept_of_a_stream_that_has_not_ended():
    house = House()
    (await house.entry()).take(said())
    await house.answers.close()

    assert (await house.entry()).result == MISS


async def test_an_answer_is_kept_once():
    store = MoodyStore(LoopTime())
    house = House(store)
    entry = await house.entry()
    entry.whole("p/m", fold(said()))
    entry.whole("p/m", fold(said()))
    entry.end("p/m")
    await house.answers.close()

    assert store.did("put") == 1


async def test_what_grows_too_large_is_let_go():
    store = MoodyStore(LoopTime())
    house = House(store)
    entry = await house.entry()
    for _ in range(3):
        entry.take(said("x" * (MOST // 2)))

    assert entry._parts == []
    entry.end("p/m")
    await house.answers.close()
    assert store.did("put") == 0


async def test_whoever_wants_nothing_of_it_leaves_nothing():
    house = House()
    await house.kept(wish=OFF)
    off = await house.entry(wish=OFF)

    assert (off.result, off.kept) == (BYPASS, None)
    assert (await house.entry()).result == MISS


async def test_whoever_wants_a_fresh_answer_leaves_it_for_others():
    house = House()
    await house.kept(wish=REFRESH)

    assert (await house.entry(wish=REFRESH)).result == BYPASS
    assert (await house.entry()).result == HIT


async def test_a_request_that_is_too_large_goes_past():
    house = House()

    assert (await house.entry(user="x" * MOST)).result == BYPASS


async def test_a_store_that_is_away_fails_no_call(caplog):
    store = MoodyStore(LoopTime())
    house = House(store)
    entry = await house.entry()
    store.away = True
    entry.whole("p/m", fold(said()))
    await house.answers.close()
    away = await house.entry()
    away.whole("p/m", fold(said()))
    await house.answers.close()

    assert (away.result, away.kept) == (BYPASS, None)
    assert store.did("put") == 1
    assert "an answer is not kept" in caplog.text
    assert "cannot be looked up" in caplog.text


async def test_an_answer_in_the_other_form_is_asked_anew():
    house = House()
    entry = await house.entry()
    native = {"dialect": "anthropic", "payload": b"{}"}
    entry.take([{**chunk, "native": native} for chunk in said()])
    entry.end("p/m")
    await house.answers.close()

    assert (await house.entry()).result == MISS
    assert (await house.entry(stream=True)).result == HIT


@pytest.mark.virtual_time
async def test_a_store_that_hangs_holds_up_only_so_many_answers_and_no_stop():
    store = MoodyStore(LoopTime())
    house = House(store)
    entries = [await house.entry(user=str(at)) for at in range(MOST_WRITES + 5)]
    store.hangs = True
    for entry in entries:
        entry.whole("p/m", fold(said()))
    await house.answers.close()
    await asyncio.sleep(0.1)

    assert store.did("put") == MOST_WRITES
    assert not house.answers._writes
