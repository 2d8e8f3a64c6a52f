"""Runs every `async def` test here twice: on asyncio's own loop and on uvloop, which production uses."""

import asyncio
import inspect
import socket

import pytest
import uvloop

from tests.support.turns import HANGS

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def _virtual(definition):
    return definition.get_closest_marker("virtual_time") is not None


def pytest_generate_tests(metafunc):
    if inspect.iscoroutinefunction(metafunc.function) and not _virtual(metafunc.definition):
        metafunc.fixturenames.append("loop_name")
        metafunc.parametrize("loop_name", list(LOOPS))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj) or _virtual(pyfuncitem):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    with asyncio.Runner(loop_factory=LOOPS[pyfuncitem.callspec.params["loop_name"]]) as runner:
        runner.run(asyncio.wait_for(pyfuncitem.obj(**arguments), HANGS))
    return True


@pytest.fixture
def ends():
    """Of a connection on the loopback interface: whoever speaks on it, and whoever hears."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as speaker,
    ):
        hearer, _ = listener.accept()
        with hearer:
            yield speaker, hearer
