"""Our server around any application, in the loop of the test, with deadlines that a test can wait for or move by hand.

A short deadline is for a test that waits until it has passed. What must stay inside a deadline is shown on time that
the test moves: on a busy machine even a test that hurries is too late for a short one.
"""

import asyncio
import functools
import inspect
from contextlib import asynccontextmanager

import pytest

from proxy.config import schema
from proxy.web.protocol import Connection
from proxy.web.server import Moments, Server, new_event_loop
from tests.support.turns import HANGS


def hasty(**deadlines):
    """Our connection with these deadlines in seconds, and its own long ones for the rest."""
    return type("Hasty", (Connection,), deadlines)


class HandTime:
    """The time of a server's deadlines, which goes by when a test says so."""

    def __init__(self):
        self.now = 0.0
        self._timers = []

    def connection(self):
        """Our connection on this time."""
        moved = self

        class ByHand(Connection):
            def __init__(self, *arguments, **named):
                super().__init__(*arguments, **named)
                for deadline in (self._resting, self._reading, self._drain._deadline):
                    deadline._loop = moved

        return ByHand

    def pass_by(self, seconds):
        """Let so many seconds go by, and call whatever was due."""
        self.now += seconds
        due = [timer for timer in self._timers if timer.when() <= self.now]
        self._timers = [timer for timer in self._timers if timer not in due]
        for timer in due:
            timer.call()

    # What a deadline asks of a loop.

    def time(self):
        return self.now

    def call_at(self, when, callback):
        timer = _Timer(when, callback)
        self._timers.append(timer)
        return timer


class _Timer:
    def __init__(self, when, callback):
        self._when = when
        self._callback = callback
        self._cancelled = False

    def when(self):
        return self._when

    def cancel(self):
        self._cancelled = True

    def call(self):
        if not self._cancelled:
            self._callback()


@asynccontextmanager
async def serving(app, *, protocol=Connection, moments=None, auth=None, **settings):
    """Serve an application; gives the address and the server."""
    settings = schema.Server(**{"port": 0, "drain_timeout": 60.0, **settings})
    server = Server(
        app, settings, auth, signals=False, protocol=protocol, moments=moments or Moments()
    )
    address = server.bind()
    task = asyncio.ensure_future(server.serve())
    try:
        yield address, server
    finally:
        if not server.draining:
            server.drain()
        server.drain()
        await task


def on_each_loop(test):
    """Run an async test without fixtures on asyncio's own loop and on the one we serve on."""

    def run(make_loop, **arguments):
        with asyncio.Runner(loop_factory=make_loop) as runner:
            runner.run(asyncio.wait_for(test(**arguments), HANGS))

    functools.update_wrapper(run, test)
    del run.__wrapped__
    names = inspect.signature(test).parameters
    loop = inspect.Parameter("make_loop", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = inspect.Signature([loop, *names.values()])
    loops = [asyncio.new_event_loop, new_event_loop]
    return pytest.mark.parametrize("make_loop", loops, ids=["asyncio", "uvloop"])(run)
