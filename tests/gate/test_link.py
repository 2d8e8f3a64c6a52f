import pytest

from proxy.gate.link import FAILURES, REST, SILENCE, Link
from proxy.store.memory import MemoryStore
from proxy.store.patience import PATIENCE
from proxy.store.store import StoreError
from tests.support.moods import LoopTime, MoodyStore, Time


def look(store):
    return store.marked("keys", "m")


async def failure(link):
    with pytest.raises(StoreError) as caught:
        await link.ask(look)
    return str(caught.value)


async def test_what_the_store_answers_is_answered():
    link = Link(MemoryStore(Time()), Time())

    assert await link.ask(look) is None
    assert not link.is_down


def test_only_a_store_whose_books_are_at_hand_is_instant():
    store = MemoryStore(Time())

    assert Link(store, Time()).instant is store
    assert Link(MoodyStore(Time()), Time()).instant is None


@pytest.mark.virtual_time
@pytest.mark.parametrize(("given", "seconds"), [((), PATIENCE), ((30,), 30)])
async def test_nobody_waits_longer_than_the_patience(given, seconds):
    clock = LoopTime()
    store = MoodyStore(clock)
    link = Link(store, clock, *given)
    store.hangs = True
    begun = clock.now()
    said = await failure(link)

    assert clock.now() - begun == pytest.approx(seconds)
    assert said.endswith(f"did not answer within {seconds} s (`store_timeout`)")
    assert link.is_down


async def test_a_store_that_keeps_failing_is_not_asked_by_everybody():
    clock = Time()
    store = MoodyStore(clock)
    link = Link(store, clock)
    store.away = True
    for _ in range(FAILURES + 20):
        await failure(link)

    assert store.did("marked") == FAILURES


async def test_one_caller_a_second_sees_whether_it_is_back():
    clock = Time()
    store = MoodyStore(clock)
    link = Link(store, clock)
    store.away = True
    for _ in range(FAILURES):
        await failure(link)
    clock.at += REST
    for _ in range(5):
        await failure(link)
    store.away = False
    clock.at += REST

    assert store.did("marked") == FAILURES + 1
    assert await link.ask(look) is None
    assert not link.is_down
    assert await link.ask(look) is None


async def test_a_look_finds_that_it_is_back_though_nobody_calls():
    clock = Time()
    store = MoodyStore(clock)
    link = Link(store, clock)
    await link.look()
    well = store.asked.copy()
    store.away = True
    await failure(link)
    await link.look()
    still_away = link.is_down
    store.away = False
    await link.look()

    assert well == []
    assert still_away
    assert not link.is_down
    assert store.asked == ["marked", "put", "put"]


async def test_one_failure_rests_nothing():
    clock = Time()
    store = MoodyStore(clock)
    link = Link(store, clock)
    store.away = True
    said = await failure(link)
    store.away = False

    assert "holiday" in said
    assert link.is_down
    assert await link.ask(look) is None


async def test_it_is_in_the_log_once_in_a_while(caplog):
    clock = Time()
    store = MoodyStore(clock)
    link = Link(store, clock)
    store.away = True
    for _ in range(5):
        await failure(link)
    early = caplog.messages.copy()
    clock.at += SILENCE
    await failure(link)

    assert early == ["calls do without the store: the file is on holiday"]
    assert caplog.messages == 2 * early
