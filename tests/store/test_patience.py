import asyncio
import socket
import threading

import pytest
import uvloop

from proxy.config.schema import Config
from proxy.store.patience import PATIENCE, within


async def never():
    await asyncio.Event().wait()


def test_it_is_what_holds_where_nothing_is_configured():
    assert Config().store_timeout == PATIENCE


async def test_an_answer_is_given_on():
    async def answer():
        await asyncio.sleep(0)
        return 5

    assert await within(30, answer()) == 5


async def test_a_failure_is_given_on():
    async def failure():
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        await within(30, failure())


@pytest.mark.virtual_time
async def test_nobody_waits_longer_than_they_said():
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        await within(3, never())

    assert loop.time() - began == pytest.approx(3)


@pytest.mark.virtual_time
async def test_one_that_has_ended_rings_no_more():
    await within(3, asyncio.sleep(1))
    began = asyncio.get_running_loop().time()
    await asyncio.sleep(60)

    assert asyncio.get_running_loop().time() - began == pytest.approx(60)


@pytest.mark.virtual_time
async def test_whoever_is_cancelled_is_not_told_of_the_time():
    waiting = asyncio.ensure_future(within(3, never()))
    await asyncio.sleep(1)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


def by_a_thread(loop):
    """Something to wait for, and who answers it."""
    told = loop.create_future()

    def answer():
        loop.call_soon_threadsafe(told.set_result, b"there\n")

    return told, answer


async def by_a_socket(loop):
    near, far = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=near)

    async def line():
        with far:
            said = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return said

    return line(), lambda: far.sendall(b"there\n")


async def answered_while_it_stood_still(way):
    loop = asyncio.get_running_loop()
    told, answer = way(loop) if way is by_a_thread else await way(loop)
    waiting = asyncio.ensure_future(within(0.02, told))
    await asyncio.sleep(0)
    # This is the loop's own thread: nothing goes on here, and meanwhile the answer comes and the time is up.
    answering = threading.Thread(target=answer)
    answering.start()
    answering.join()
    threading.Event().wait(0.05)
    return await waiting


@pytest.mark.parametrize("way", [by_a_thread, by_a_socket])
@pytest.mark.parametrize("make", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_an_answer_that_came_while_the_loop_stood_still_is_taken(make, way):
    with asyncio.Runner(loop_factory=make) as runner:
        assert runner.run(answered_while_it_stood_still(way)) == b"there\n"
