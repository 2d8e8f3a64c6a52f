"""A stream that began before there was a run: poured without a task, and what a run finds of it."""

import asyncio
from unittest.mock import patch

import pytest

from proxy.core.errors import Kind
from proxy.engine.pour import Pour
from tests.support.headstart import (
    HI_SAID,
    LAST_SAID,
    LO_SAID,
    ROLE_SAID,
    SPEAKS,
    Stage,
    part,
)
from tests.support.script import DONE, STOP, USAGE, Batches, target

pytestmark = pytest.mark.virtual_time


async def test_a_stream_is_poured_without_a_task_to_its_end():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    before = pour.is_over, list(scene.woken), scene.in_flight()
    await asyncio.sleep(0.5)
    scene.line.says(LO_SAID)
    scene.line.says(LAST_SAID)
    pour.leave()
    scene.lane.close()

    assert before == (False, [], 1)
    assert (pour.is_over, pour.is_full, pour.failure, scene.woken) == (True, False, None, [1.0])
    assert (scene.said, scene.lane.took, scene.lane.attempt.usage.total) == ("hilo", 0.5, 5)
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)
    assert scene.health.speed(target("a")) == 0.5


async def test_the_last_of_a_stream_that_somebody_ends_at_once_is_told_as_such():
    scene = Stage()
    await scene.speaking()
    scene.pour()
    await asyncio.sleep(0.5)
    scene.line.says(LO_SAID)
    scene.line.says(LO_SAID + LAST_SAID)

    assert scene.outlet.last == scene.outlet.batches[-1:]

    await scene.lane.aclose()


async def test_a_stream_whose_end_a_task_hears_has_nothing_that_is_told_as_the_last():
    scene = Stage()
    await scene.speaking()
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(0.1)
    scene.line.says(LO_SAID + LAST_SAID)
    await going

    assert (scene.said, scene.outlet.last) == ("hilo", [])


async def test_a_stream_that_is_all_here_is_over_at_once():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    pour = scene.pour()

    assert (pour.is_over, pour.failure, scene.woken) == (True, None, [0.5])
    assert scene.said == "hi"

    await scene.lane.aclose()


async def test_an_end_that_leaves_the_caller_full_is_told_as_both_at_once():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.outlet = pour._outlet = Batches(pause=1.0)
    told = []
    pour._woken = lambda: told.append((pour.is_over, pour.is_full, pour.failure))
    scene.line.says(LO_SAID + LAST_SAID)

    assert told == [(True, True, None)]

    await scene.lane.aclose()


async def test_a_failure_that_leaves_the_caller_full_is_told_as_both_at_once():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    pour._outlet = Batches(pause=1.0)
    told = []
    pour._woken = lambda: told.append((pour.is_over, pour.is_full, type(pour.failure)))
    with patch.object(Pour, "_finish", side_effect=ZeroDivisionError):
        scene.line.says(LO_SAID + LAST_SAID)

    assert told == [(True, True, ZeroDivisionError)]

    await scene.lane.aclose()


async def test_a_pour_that_was_left_keeps_no_clock():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    pour.leave()
    await asyncio.sleep(1e6)

    assert (pour.is_over, scene.woken, pour._timer) == (False, [], None)

    await scene.lane.aclose()


class Filled(Batches):
    """A caller who was left full: it takes nothing more, and nothing at all is always welcome."""

    def take(self, chunks, *, is_last=False):
        return super().take(chunks) or not chunks


async def test_whoever_goes_on_with_a_caller_who_is_full_reads_nothing_until_it_is_not():
    scene = Stage()
    await scene.speaking()
    scene.pour().leave()
    scene.outlet = Filled(pause=3.0)
    going = asyncio.ensure_future(scene.rest())
    scene.line.says(LO_SAID)
    await asyncio.sleep(2.0)
    before = scene.said
    scene.line.says(LAST_SAID)
    _, failure = await going

    assert (before, scene.said, failure) == ("", "lo", None)


async def test_a_caller_who_is_full_costs_no_time_for_what_may_come_after_the_end():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.line.says(LO_SAID + part(STOP))
    pour.leave()
    scene.outlet._pause = 50.0
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(51.0)
    scene.line.says(part(USAGE + DONE) + b"0\r\n\r\n")
    await going

    assert scene.lane.attempt.usage.total == 5


async def test_an_end_that_cannot_be_told_is_a_failure():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    with patch.object(Pour, "_finish", side_effect=ZeroDivisionError):
        pour = scene.pour()

    assert (pour.is_over, type(pour.failure), scene.woken) == (True, ZeroDivisionError, [0.5])

    await scene.lane.aclose()


async def test_a_run_goes_on_with_a_stream_that_somebody_began():
    scene = Stage()
    await scene.speaking()
    scene.pour().leave()
    going = asyncio.ensure_future(scene.rest())
    await asyncio.sleep(0)
    scene.line.says(LO_SAID + LAST_SAID)
    run, failure = await going

    assert (failure, scene.said, scene.woken) == (None, "hilo", [])
    assert ([each.kind for each in run.tried], run.waited) == ([None], 0.5)
    assert (scene.in_flight(), scene.transport.pool.idle) == (0, 1)


async def test_a_run_finds_nothing_left_of_a_stream_that_was_poured_to_its_end():
    scene = Stage()
    await scene.speaking(SPEAKS + ROLE_SAID + HI_SAID + LAST_SAID)
    pour = scene.pour()
    scene.lane.attempt.poured()
    pour.leave()
    _, failure = await scene.rest()

    assert (failure, scene.said, scene.in_flight()) == (None, "hi", 0)


async def test_a_run_raises_what_somebody_else_met():
    scene = Stage()
    await scene.speaking()
    pour = scene.pour()
    scene.line.hangs_up()
    scene.lane.attempt.failed(pour.failure)
    pour.leave()
    _, failure = await scene.rest()

    assert (failure, scene.woken, scene.in_flight()) == (Kind.RESET, [0.5], 0)


async def test_a_failure_that_has_no_name_is_raised_as_it_is():
    scene = Stage()
    await scene.speaking()
    scene.lane.attempt.failed(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await scene.rest()

    assert (scene.in_flight(), scene.line.is_closing()) == (0, True)
