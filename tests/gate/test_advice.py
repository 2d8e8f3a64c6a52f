import asyncio

import pytest

from proxy.gate import advice
from proxy.gate.advice import AGAIN, EVERY, GONE, LONGEST, Board
from tests.support.moods import LoopTime, MoodyStore

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def clock():
    return LoopTime()


@pytest.fixture
def store(clock):
    return MoodyStore(clock)


async def started(store, clock, *names):
    boards = [Board(store, clock, name) for name in names]
    for board in boards:
        board.start()
    await asyncio.sleep(EVERY + 0.1)
    return boards


async def test_what_one_tells_the_others_hear_within_a_second(store, clock):
    one, other = await started(store, clock, "a", "b")
    one.tell("p/m", 20.0)
    at_once = other.heard("p/m")
    await asyncio.sleep(2 * EVERY)

    assert at_once == 0.0
    assert other.heard("p/m") == pytest.approx(20.0, abs=2.1)
    assert other.until == clock.now() + other.heard("p/m")
    assert one.until == 0.0
    assert (one.heard("p/m"), other.heard("q/m")) == (0.0, 0.0)
    await one.close()
    await other.close()


async def test_what_was_heard_passes_though_the_note_still_stands(store, clock):
    one, other = await started(store, clock, "a", "b")
    one.tell("p/m", 5.0)
    await asyncio.sleep(2 * EVERY)
    await one.close()
    await store.put("advice:a", b'{"p/m": 3.0}', 600.0)
    await asyncio.sleep(2 * EVERY)
    soon = other.heard("p/m")
    await asyncio.sleep(5)

    assert 0.0 < soon <= 3.0
    assert other.heard("p/m") == 0.0
    await other.close()


async def test_a_note_is_posted_when_there_is_news_and_now_and_then(store, clock):
    (one,) = await started(store, clock, "a")
    await asyncio.sleep(AGAIN * 3)
    quiet = store.did("put")
    for _ in range(3):
        one.tell("p/m", 5.0)
        await asyncio.sleep(EVERY)

    assert 3 <= quiet <= 4
    assert store.did("put") == quiet + 3
    await one.close()


async def test_replicas_are_counted_while_they_are_there(store, clock):
    one, two, three = await started(store, clock, "a", "b", "c")
    await asyncio.sleep(EVERY)
    all_three = one.replicas
    await two.close()
    three._task.cancel()
    await asyncio.sleep(EVERY + 0.1)
    without_one = one.replicas
    await asyncio.sleep(GONE)

    assert (all_three, without_one, one.replicas) == (3, 2, 1)
    await one.close()


async def test_while_the_store_is_away_nothing_fails_and_it_is_told_afterwards(store, clock):
    one, other = await started(store, clock, "a", "b")
    store.away = True
    one.tell("p/m", 60.0)
    await asyncio.sleep(5)
    silent = other.heard("p/m")
    store.away, store.hangs = False, True
    await asyncio.sleep(5)
    store.hangs = False
    await asyncio.sleep(2 * EVERY + 1)

    assert silent == 0.0
    assert other.heard("p/m") > 40.0
    store.away = True
    await one.close()
    await one.close()
    store.away = False
    await other.close()


async def test_what_nobody_expects_is_logged_once_and_ends_no_listening(
    store, clock, monkeypatch, caplog
):
    one, other = await started(store, clock, "a", "b")

    async def broken(*_):
        raise RuntimeError("a bug")

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(store, "board", broken)
            await asyncio.sleep(5)
        await asyncio.sleep(2 * EVERY)
    one.tell("p/m", 20.0)
    await asyncio.sleep(2 * EVERY)

    assert other.heard("p/m") > 0.0
    # Each of the two, each time that it began.
    assert [record.message for record in caplog.records] == ["other replicas are not heard"] * 4
    assert "RuntimeError: a bug" in caplog.text
    await one.close()
    await other.close()


async def test_a_note_that_is_none_of_ours_says_nothing_and_no_warning_lasts_for_ever(store, clock):
    (one,) = await started(store, clock, "a")
    await store.put("advice:x", b"not JSON", 60.0)
    await store.put("advice:y", b'{"p/m": "long", "q/m": -5, "r/m": 1e9}', 60.0)
    await asyncio.sleep(2 * EVERY)

    assert (one.heard("p/m"), one.heard("q/m")) == (0.0, 0.0)
    assert LONGEST - 3 < one.heard("r/m") <= LONGEST
    await one.close()


async def test_what_one_warns_of_is_bounded(store, clock, monkeypatch):
    monkeypatch.setattr(advice, "MOST", 2)
    one, other = await started(store, clock, "a", "b")
    one.tell("p/m", 1.0)
    one.tell("q/m", 50.0)
    one.tell("r/m", 50.0)
    await asyncio.sleep(2 * EVERY)
    one.tell("s/m", 50.0)
    await asyncio.sleep(2 * EVERY)

    assert other.heard("r/m") == 0.0
    assert other.heard("s/m") > 0.0
    await one.close()
    await other.close()


async def test_a_board_that_nobody_started_can_be_left(store, clock):
    await Board(store, clock, "a").close()
