"""Our server around any application, in the loop of the test, with deadlines that a test can wait for."""

import asyncio
import functools
import inspect
from contextlib import asynccontextmanager

import pytest

from proxy.config import schema
from proxy.web.protocol import Connection
from proxy.web.server import Moments, Server, new_event_loop


class Hasty(Connection):
    fresh_idle = 0.15
    head_deadline = 0.15
    body_idle = 0.15
    keep_alive_idle = 20
    write_stall = 0.2
    linger = 0.3


@asynccontextmanager
async def serving(app, *, protocol=Connection, moments=None, auth=None, **settings):
    """Serve an application; gives the address and the server."""
    settings = schema.Server(**{"port": 0, "drain_timeout": 5.0, **settings})
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
            runner.run(asyncio.wait_for(test(**arguments), 30))

    functools.update_wrapper(run, test)
    del run.__wrapped__
    names = inspect.signature(test).parameters
    loop = inspect.Parameter("make_loop", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    run.__signature__ = inspect.Signature([loop, *names.values()])
    loops = [asyncio.new_event_loop, new_event_loop]
    return pytest.mark.parametrize("make_loop", loops, ids=["asyncio", "uvloop"])(run)
