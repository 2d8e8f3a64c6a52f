"""A process that is stopped keeps its sockets and answers nothing: only a clock can tell."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy.sim.script import BEHAVIOURS
from tests.support.stage import figure, stage
from tests.support.turns import eventually

FIRST_BYTE = 0.5
PATIENCE = 60.0
"""What a process that goes on has on any machine: seconds."""
PROGRAM = """
import asyncio
from proxy.sim.server import Simulator

async def main():
    async with Simulator() as simulator:
        print(simulator.base_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@contextmanager
def process():
    """A simulator in a process of its own: its id and address."""
    root = str(Path(__file__).parents[2])
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=root, stdout=subprocess.PIPE, text=True
    )
    try:
        yield child.pid, child.stdout.readline().strip()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


@pytest.mark.parametrize("stream", [True, False], ids=["streaming", "unary"])
async def test_a_stopped_upstream_fails_over_by_clock_and_is_used_again_when_it_goes_on(stream):
    with process() as (pid, url):
        async with stage(BEHAVIOURS) as scene:

            def wait_for_a(seconds):
                limits = {"a": {"first_byte_timeout": seconds, "connect_timeout": seconds}}
                urls = {"a": url, "b": scene.sim.base_url}
                scene.serve(urls, limits=limits, chat=["a/echo", "b/echo"])

            request = scene.body("chat", stream=stream)
            wait_for_a(PATIENCE)
            told = await scene.calls(request, number=2, at_once=1)
            os.kill(pid, signal.SIGSTOP)
            wait_for_a(FIRST_BYTE)
            told += await scene.calls(request, number=2, at_once=1)
            os.kill(pid, signal.SIGCONT)
            wait_for_a(PATIENCE)
            told += await scene.calls(request, number=1, at_once=1)
            await eventually(lambda: not any(scene.held().values()))

    served = [answer.header("x-firstbyte-target") for answer, _ in told]
    waits = [seconds for _, seconds in told]
    figure(f"seconds of each call: {[round(seconds, 3) for seconds in waits]}")
    assert served == ["a/echo", "a/echo", "b/echo", "b/echo", "a/echo"]
    assert {answer.status for answer, _ in told} == {200}
    assert all(FIRST_BYTE <= seconds < PATIENCE for seconds in waits[2:4])
