"""A lane enters the health records once and leaves them once, whichever way its attempt goes."""

import asyncio
import random

import pytest

from proxy.config.schema import Limits
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.engine.lane import Lane, Window
from proxy.route.circuit import IN_A_ROW, State
from proxy.route.health import Health
from proxy.route.plan import Candidate
from tests.support.script import target
from tests.support.virtual import LoopClock

pytestmark = pytest.mark.virtual_time

WINDOW = Window(first_byte_by=20.0, whole_by=60.0)
FAILED = ProxyError(Kind.OVERLOADED, "busy", status=529, type="overloaded_error", code="busy_now")


class Try:
    """An attempt that takes so many seconds and ends as it is told."""

    def __init__(self, seconds=0.0, error=None, closing=None):
        self.given = None
        self.closed = 0
        self._seconds, self._error, self._closing = seconds, error, closing

    async def begin(self, first_byte_by, whole_by):
        self.given = first_byte_by, whole_by
        await asyncio.sleep(self._seconds)
        return self._error

    async def aclose(self):
        self.closed += 1
        if self._closing:
            raise self._closing


@pytest.fixture
def health():
    return Health(random.Random(0).random)


def lane(health, attempt):
    return Lane(Candidate(target("a"), Limits()), attempt, health, LoopClock())


def state(health):
    [(_, circuit, in_flight, kind, _)] = health.states(asyncio.get_running_loop().time())
    return circuit, in_flight, kind


async def test_a_lane_is_under_way_from_its_making_to_its_close(health):
    one = lane(health, Try())

    assert health.in_flight(target("a")) == 1

    await one.begin(WINDOW)
    assert health.in_flight(target("a")) == 1
    await one.aclose()
    assert health.in_flight(target("a")) == 0


async def test_one_that_speaks_is_remembered_with_its_wait(health):
    attempt = Try(1.5)
    one = lane(health, attempt)
    error = await one.begin(WINDOW)
    await one.aclose()

    assert error is None
    assert (one.spoke, one.error, one.took) == (True, None, 1.5)
    assert attempt.given == (20.0, 60.0)
    assert health.speed(target("a")) == 1.5


async def test_a_failure_is_given_back_and_written_down(health):
    one = lane(health, Try(0.5, FAILED))

    assert await one.begin(WINDOW) is FAILED
    assert (one.spoke, one.error, one.took) == (False, FAILED, 0.5)
    assert state(health) == (State.CLOSED, 1, Kind.OVERLOADED)


async def test_a_failure_counts_once_although_the_lane_is_closed_after_it(health):
    for _ in range(IN_A_ROW - 1):
        one = lane(health, Try(0.0, FAILED))
        await one.begin(WINDOW)
        await one.aclose()

    assert state(health) == (State.CLOSED, 0, Kind.OVERLOADED)


async def test_one_that_is_given_up_says_nothing_of_its_target(health):
    one = lane(health, Try(1e6))
    task = asyncio.ensure_future(one.begin(WINDOW))
    await asyncio.sleep(2.0)
    task.cancel()
    await asyncio.wait([task])
    await one.aclose()

    assert (one.spoke, one.error, one.took) == (False, None, 2.0)
    assert state(health) == (State.CLOSED, 0, None)


async def test_a_probe_that_is_given_up_makes_room_for_the_next(health):
    for _ in range(IN_A_ROW):
        await lane(health, Try(0.0, FAILED)).begin(WINDOW)
    await asyncio.sleep(10.0)
    probe = lane(health, Try(1e6))
    taken = health.fitness(target("a"), 10.0).share
    await probe.aclose()

    assert taken == 0.0
    assert health.fitness(target("a"), 10.0).share == 1.0


async def test_closing_twice_is_closing_once(health):
    attempt = Try()
    one = lane(health, attempt)
    await one.begin(WINDOW)
    await one.aclose()
    await one.aclose()

    assert attempt.closed == 1
    assert health.in_flight(target("a")) == 0


async def test_the_records_are_left_even_where_the_connection_does_not_close(health):
    one = lane(health, Try(closing=OSError("stuck")))
    with pytest.raises(OSError, match="stuck"):
        await one.aclose()

    assert health.in_flight(target("a")) == 0


async def test_it_is_told_with_the_providers_own_words(health):
    one = lane(health, Try(0.25, FAILED))
    await one.begin(WINDOW)

    assert one.tried(FAILED) == Tried("a/m", Kind.OVERLOADED, 529, "busy_now", 250.0)
    assert one.tried(None).began == one.began


async def test_it_is_open_until_it_is_closed(health):
    one = lane(health, Try())

    assert one.is_open

    await one.aclose()

    assert not one.is_open


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProxyError(Kind.RATE_LIMIT, "", type="rate_limit_error"), "rate_limit_error"),
        (ProxyError(Kind.CONNECT, ""), None),
        (None, None),
    ],
)
async def test_what_nobody_said_is_not_told(health, error, code):
    told = lane(health, Try()).tried(error)

    assert (told.kind, told.status, told.code) == (error and error.kind, None, code)
