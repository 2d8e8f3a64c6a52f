import asyncio
import subprocess
import sys
import threading

import pytest

from proxy.gate.disk import on_disk
from tests.support.turns import HANGS

HANGING = """
import asyncio, threading
from proxy.gate.disk import on_disk

async def main():
    try:
        async with asyncio.timeout(0.01):
            await on_disk(threading.Event().wait)
    except TimeoutError:
        print("let go")

asyncio.run(main())
"""


async def test_what_is_done_there_comes_back():
    here = threading.get_ident()
    there = await on_disk(threading.get_ident)

    assert there != here


async def test_what_goes_wrong_there_comes_back():
    def fails():
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await on_disk(fails)


async def test_where_there_is_no_thread_to_be_had_the_disk_cannot_be_written_to(monkeypatch):
    def refused(_):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)

    with pytest.raises(OSError, match="can't start new thread"):
        await on_disk(threading.get_ident)


async def test_who_waits_no_longer_is_not_told():
    may, done = threading.Event(), threading.Event()

    def work():
        may.wait(HANGS)
        done.set()

    waiting = asyncio.ensure_future(on_disk(work))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    may.set()
    assert await asyncio.to_thread(done.wait, HANGS)

    assert waiting.cancelled()


def test_a_process_ends_though_its_disk_hangs():
    ended = subprocess.run(
        [sys.executable, "-c", HANGING], capture_output=True, timeout=HANGS, text=True, check=True
    )

    assert ended.stdout == "let go\n"


def test_what_is_done_after_the_loop_has_ended_is_told_to_nobody():
    may, begun, threads = threading.Event(), threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        begun.set()
        may.wait(HANGS)

    async def leave():
        asyncio.ensure_future(on_disk(work))  # noqa: RUF006 (nobody waits for it)
        await asyncio.to_thread(begun.wait, HANGS)

    asyncio.run(leave())
    may.set()
    threads[0].join(HANGS)

    assert not threads[0].is_alive()
