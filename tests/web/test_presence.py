"""A block runs as long as its caller is there; why it was stopped is told, and what is not ours stays as it is."""

import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.web.presence import Presence

pytestmark = pytest.mark.virtual_time


class Caller:
    """`receive` of a call whose request has been read."""

    def __init__(self, *before):
        self._inbox = [{"type": "http.request", "body": body, "more_body": True} for body in before]
        self._left = asyncio.Event()
        self.waits = 0

    async def __call__(self):
        if self._inbox:
            return self._inbox.pop(0)
        self.waits += 1
        try:
            await self._left.wait()
        finally:
            self.waits -= 1
        return {"type": "http.disconnect"}

    def leave(self):
        self._left.set()


async def stay(presence, caller, seconds=1e6, log=None):
    with presence.of(caller):
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if log is not None:
                log.append("stopped")
            raise
    return "done"


async def begun(presence, caller, **more):
    task = asyncio.ensure_future(stay(presence, caller, **more))
    await asyncio.sleep(1.0)
    return task


async def test_a_block_whose_caller_stays_ends_in_its_own_time():
    caller = Caller()

    assert await stay(Presence(), caller, 5.0) == "done"


async def test_nobody_listens_for_the_caller_after_the_block():
    caller = Caller()
    await stay(Presence(), caller, 5.0)
    await asyncio.sleep(1.0)

    assert caller.waits == 0


async def test_a_block_is_stopped_when_its_caller_leaves():
    caller, log = Caller(), []
    task = await begun(Presence(), caller, log=log)
    caller.leave()
    with pytest.raises(ProxyError) as caught:
        await task

    assert caught.value.kind is Kind.CANCELLED
    assert log == ["stopped"]
    assert asyncio.get_running_loop().time() == 1.0


async def test_more_of_a_request_is_no_leaving():
    caller = Caller(b"a", b"b")

    assert await stay(Presence(), caller, 5.0) == "done"


async def test_a_task_goes_on_as_if_never_cancelled():
    caller = Caller()
    caller.leave()

    async def call():
        with pytest.raises(ProxyError):
            await stay(Presence(), caller)
        await asyncio.sleep(1.0)
        return asyncio.current_task().cancelling()

    assert await asyncio.ensure_future(call()) == 0


async def test_who_is_dismissed_is_told_why():
    presence = Presence()
    tasks = [await begun(presence, Caller()) for _ in range(2)]
    presence.dismiss(Kind.DRAINING, "this server is shutting down")
    ends = await asyncio.gather(*tasks, return_exceptions=True)

    assert [(end.kind, end.message) for end in ends] == [
        (Kind.DRAINING, "this server is shutting down")
    ] * 2
    assert ends[0] is not ends[1]


async def test_once_the_stay_is_over_nobody_stops_the_block():
    presence, caller = Presence(), Caller()
    with presence.of(caller) as stay:
        stay.over()
        caller.leave()
        presence.dismiss(Kind.DRAINING, "")
        await asyncio.sleep(1.0)

    assert stay.reason is None
    assert asyncio.current_task().cancelling() == 0


async def test_dismissing_an_empty_room_stops_nobody():
    presence = Presence()
    await stay(presence, Caller(), 1.0)
    presence.dismiss(Kind.DRAINING, "")

    assert asyncio.current_task().cancelling() == 0


async def test_the_first_reason_counts():
    presence, caller = Presence(), Caller()
    task = await begun(presence, caller)
    presence.dismiss(Kind.DRAINING, "")
    caller.leave()
    with pytest.raises(ProxyError) as caught:
        await task

    assert caught.value.kind is Kind.DRAINING


async def test_a_cancellation_from_outside_stays_one():
    task = await begun(Presence(), Caller())
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_a_cancellation_from_outside_wins_over_a_caller_who_leaves():
    presence, caller = Presence(), Caller()
    task = await begun(presence, caller)
    presence.dismiss(Kind.DRAINING, "")
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_a_deadline_around_the_block_stays_a_deadline():
    async def call():
        async with asyncio.timeout(2.0):
            await stay(Presence(), Caller())

    with pytest.raises(TimeoutError):
        await asyncio.ensure_future(call())

    assert asyncio.get_running_loop().time() == 2.0


async def test_a_deadline_inside_the_block_does_not_hide_that_the_caller_left():
    caller = Caller()

    async def call():
        with Presence().of(caller):
            async with asyncio.timeout(5.0):
                caller.leave()
                await asyncio.sleep(1e6)

    with pytest.raises(ProxyError) as caught:
        await asyncio.ensure_future(call())

    assert caught.value.kind is Kind.CANCELLED


async def test_what_the_block_raises_goes_through():
    async def call():
        with Presence().of(Caller()):
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await call()


@pytest.mark.parametrize("waits", range(4))
async def test_who_leaves_just_as_the_block_ends_is_seen_whole_or_not_at_all(waits):
    caller = Caller()

    async def call():
        with Presence().of(caller):
            await asyncio.sleep(1.0)
            caller.leave()
            for _ in range(waits):
                await asyncio.sleep(0)
        await asyncio.sleep(1.0)

    task = asyncio.ensure_future(call())
    await asyncio.wait([task])
    error = task.exception()

    assert not task.cancelled()
    assert error is None or error.kind is Kind.CANCELLED
    assert task.cancelling() == 0
    if waits == 0:
        assert error is None


class Told:
    """A server's word that the caller has left."""

    def __init__(self):
        self.left = None

    def watch(self, left):
        self.left = left


async def test_a_server_that_tells_who_left_is_not_asked():
    caller, gone = Caller(), Told()
    presence = Presence()

    async def call():
        with presence.of(caller, gone):
            await asyncio.sleep(1e6)

    task = asyncio.ensure_future(call())
    await asyncio.sleep(1.0)
    waits = caller.waits
    gone.left()
    with pytest.raises(ProxyError) as caught:
        await task

    assert (caught.value.kind, waits, gone.left) == (Kind.CANCELLED, 0, None)


async def test_who_was_here_when_all_were_dismissed_has_to_leave_and_is_told_why():
    presence, caller = Presence(), Caller()
    presence.dismiss(Kind.DRAINING, "closing time")
    with (
        pytest.raises(ProxyError) as caught,
        presence.of(caller, was_here=True) as here,
    ):
        await asyncio.sleep(1e6)

    assert (caught.value.kind, here.reason) == (Kind.DRAINING, caught.value)


async def test_who_was_here_and_is_done_at_once_is_not_stopped():
    presence, caller = Presence(), Caller()
    presence.dismiss(Kind.DRAINING, "closing time")
    with presence.of(caller, was_here=True) as here:
        pass
    await asyncio.sleep(1)

    assert here.reason is None


async def test_a_guest_hears_that_all_are_dismissed_until_it_leaves():
    class Guest:
        def __init__(self):
            self.heard = []

        def end(self, reason):
            self.heard.append(reason.kind)

    presence, stays, left = Presence(), Guest(), Guest()
    presence.enter(stays)
    presence.enter(left)
    presence.leave(left)
    presence.leave(left)
    before = presence.is_over
    presence.dismiss(Kind.DRAINING, "closing time")

    assert (stays.heard, left.heard) == ([Kind.DRAINING], [])
    assert (before, presence.is_over) == (False, True)
