import asyncio

import pytest

from proxy.core.errors import Kind, ProxyError
from proxy.web.presence import Presence


class Line:
    """A caller's side: gives what comes until the caller leaves."""

    def __init__(self):
        self.left = asyncio.Event()

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}


async def run(block):
    """Wait for ever inside a block; how it ended."""
    try:
        async with block:
            await asyncio.Event().wait()
    except ProxyError as error:
        return error


async def soon(block):
    task = asyncio.ensure_future(run(block))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


async def test_a_block_ends_when_its_caller_leaves():
    presence, line = Presence(), Line()
    task = await soon(presence.of(line.receive))
    line.left.set()

    assert (await task).kind is Kind.CANCELLED


async def test_everybody_is_dismissed_whether_answering_or_still_arriving():
    presence = Presence()
    tasks = [await soon(presence.of(Line().receive)), await soon(presence.arriving())]
    presence.dismiss(Kind.DRAINING, "closing time")
    ended = [await task for task in tasks]

    assert [(e.kind, e.message) for e in ended] == [(Kind.DRAINING, "closing time")] * 2


async def test_after_a_dismissal_no_block_begins():
    presence = Presence()
    presence.dismiss(Kind.DRAINING, "closing time")
    for block in (presence.of(Line().receive), presence.arriving()):
        with pytest.raises(ProxyError) as caught:
            async with block:
                raise AssertionError("it began")

        assert caught.value.kind is Kind.DRAINING


async def test_the_first_reason_stands():
    presence, line = Presence(), Line()
    task = await soon(presence.of(line.receive))
    presence.dismiss(Kind.DRAINING, "closing time")
    presence.dismiss(Kind.INTERNAL, "later")

    assert (await task).kind is Kind.DRAINING


async def test_a_cancellation_of_somebody_else_stays_one():
    presence = Presence()
    task = await soon(presence.of(Line().receive))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_beside_a_dismissal_is_not_swallowed():
    presence = Presence()
    task = await soon(presence.of(Line().receive))
    presence.dismiss(Kind.DRAINING, "closing time")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_block_that_ends_by_itself_leaves_nobody_watching():
    before = asyncio.all_tasks()
    async with Presence().of(Line().receive):
        await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before
