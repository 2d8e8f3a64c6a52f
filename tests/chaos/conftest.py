"""Real sockets are driven by the loop that serves in earnest; what has virtual time keeps its own."""

import asyncio
import inspect

import pytest

from proxy.web.server import new_event_loop
from tests.support.turns import HANGS


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    in_virtual_time = pyfuncitem.get_closest_marker("virtual_time")
    if in_virtual_time or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(asyncio.wait_for(pyfuncitem.obj(**arguments), HANGS))
    return True
