import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.gate.load import LAG_MOST, LAG_SECONDS, LAG_TOLD, Lag, Load

pytestmark = pytest.mark.virtual_time


def load(in_flight=2, queue=1, timeout=1.0):
    return Load(in_flight, queue, timeout)


async def stay(places, seconds, log=None, name=""):
    with await places.place():
        if log is not None:
            log.append(name)
        await asyncio.sleep(seconds)


async def refused(places):
    with pytest.raises(ProxyError) as caught, await places.place():
        pass
    return caught.value


async def test_a_place_is_held_for_the_block_and_given_back():
    places = load()

    with await places.place():
        held = places.in_flight

    assert (held, places.in_flight) == (1, 0)


async def test_a_place_that_is_left_early_is_given_back_once():
    places = load(in_flight=1)

    with await places.place() as place:
        place.leave()
        place.leave()
        with await places.place():
            held = places.in_flight

    assert (held, places.in_flight) == (1, 0)


async def test_who_comes_when_all_is_full_waits_and_goes_in_order():
    places, log = load(in_flight=1, queue=3, timeout=60), []
    stays = [asyncio.ensure_future(stay(places, 1, log, n)) for n in "abcd"]
    await asyncio.sleep(0.5)
    queued = places.queued
    await asyncio.gather(*stays)

    assert (queued, log) == (3, ["a", "b", "c", "d"])
    assert (places.in_flight, places.queued) == (0, 0)


async def test_who_comes_when_the_queue_is_full_is_refused_at_once():
    places = load(in_flight=1, queue=1, timeout=60)
    stays = [asyncio.ensure_future(stay(places, 5)) for _ in range(2)]
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()

    error = await refused(places)

    assert (error.kind, error.retry_after) == (Kind.SATURATED, 1.0)
    assert error.meaning.status == 503
    assert asyncio.get_running_loop().time() == began
    await asyncio.gather(*stays)


async def test_nobody_waits_longer_than_the_queues_time():
    places = load(in_flight=1, queue=5, timeout=1.0)
    first = asyncio.ensure_future(stay(places, 10))
    await asyncio.sleep(0)
    began = asyncio.get_running_loop().time()

    error = await refused(places)

    assert asyncio.get_running_loop().time() - began == pytest.approx(1.0)
    assert "within 1 s" in error.message
    assert places.queued == 0
    await first


async def test_who_stops_waiting_gives_the_place_in_the_queue_back():
    places = load(in_flight=1, queue=1, timeout=60)
    first = asyncio.ensure_future(stay(places, 10))
    await asyncio.sleep(0)
    waits = asyncio.ensure_future(stay(places, 1))
    await asyncio.sleep(0)
    waits.cancel()
    await asyncio.wait([waits])

    assert places.queued == 0
    await first
    assert places.in_flight == 0


async def test_a_turn_that_came_to_somebody_who_has_just_left_goes_on():
    places, log = load(in_flight=1, queue=5, timeout=60), []
    gate = asyncio.Event()

    async def hold():
        with await places.place():
            await gate.wait()

    holder = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    leaves = asyncio.ensure_future(stay(places, 1))
    follows = asyncio.ensure_future(stay(places, 1, log, "follows"))
    await asyncio.sleep(0)
    gate.set()
    await holder
    leaves.cancel()
    await asyncio.gather(follows, asyncio.wait([leaves]))

    assert log == ["follows"]
    assert (places.in_flight, places.queued) == (0, 0)


async def test_two_who_leave_at_once_free_their_places_once():
    places = load(in_flight=1, queue=5, timeout=60)
    gate = asyncio.Event()

    async def hold():
        with await places.place():
            await gate.wait()

    holder = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(stay(places, 1)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    gate.set()
    await asyncio.wait([holder, *waiting])

    assert (places.in_flight, places.queued) == (0, 0)


async def test_while_the_loop_lags_new_calls_are_refused():
    places = load()
    places.lag.is_behind = True

    error = await refused(places)

    assert "behind" in error.message


def test_lag_is_seconds_on_end_and_not_a_blip():
    lag = Lag()
    for _ in range(LAG_SECONDS - 1):
        lag.note(LAG_MOST + 1.0)
    almost = lag.is_behind
    lag.note(LAG_MOST + 1.0)
    behind = lag.is_behind
    for _ in range(10):
        lag.note(0.0)

    assert (almost, behind, lag.is_behind) == (False, True, False)


def test_one_late_step_among_many_is_one_slow_second():
    lag = Lag()
    for _ in range(100):
        for _ in range(9):
            lag.note(0.0)
        lag.note(0.0)
        lag.note(LAG_MOST - 0.05)

    assert not lag.is_behind


async def test_the_loop_is_looked_at_until_told_to_stop():
    lag = Lag()
    lag.stop()
    lag.start()
    await asyncio.sleep(10)
    lag.stop()

    assert not lag.is_behind
    assert lag._timer.cancelled()


def test_the_worst_delay_of_the_last_seconds_is_told():
    lag = Lag()

    assert lag.recent == 0.0

    lag.note(LAG_MOST)
    for _ in range(10):
        lag.note(0.01)

    assert lag.recent == LAG_MOST

    for _ in range(LAG_TOLD * 10):
        lag.note(0.01)

    assert lag.recent == 0.01


async def test_a_place_at_hand_counts_like_any_other_and_is_given_back_once():
    places = load(in_flight=1)
    place = places.place_at_hand()
    held = places.in_flight
    none_left = places.place_at_hand()
    place.leave()
    place.leave()

    assert (held, none_left, places.in_flight) == (1, None, 0)


async def test_nobody_takes_a_place_at_hand_before_those_who_wait():
    places = load(in_flight=1)
    first = places.place_at_hand()
    waiting = asyncio.ensure_future(stay(places, 1.0))
    await asyncio.sleep(0)
    passed_over = places.place_at_hand()
    first.leave()
    also_passed_over = places.place_at_hand()
    await waiting

    assert (passed_over, also_passed_over, places.in_flight) == (None, None, 0)


async def test_a_loop_that_lags_has_no_place_at_hand():
    places = load()
    places.lag.is_behind = True

    assert (places.place_at_hand(), places.in_flight) == (None, 0)
