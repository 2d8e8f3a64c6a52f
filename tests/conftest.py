"""Runs `async def` tests: on a fresh loop each; with the marker `virtual_time`, on one whose clock jumps.

Here, too, is settled once how Hypothesis searches: a busy machine is no finding, so nothing is timed; in CI it draws the
same examples in every run, so that a red run can be repeated.
"""

import asyncio
import inspect
import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support import watched
from tests.support.calm import calm
from tests.support.canary import CANARY
from tests.support.recordings import CORPUS, LISTING, REQUIRED
from tests.support.turns import HANGS
from tests.support.virtual import VirtualLoop

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("search", PATIENT)
settings.register_profile("repeat", PATIENT, derandomize=True, database=None)
settings.load_profile("repeat" if REQUIRED or "CI" in os.environ else "search")


def pytest_configure(config):
    config.addinivalue_line("markers", "virtual_time: timers jump instead of waiting")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    virtual = pyfuncitem.get_closest_marker("virtual_time")
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    with asyncio.Runner(loop_factory=VirtualLoop if virtual else None) as runner:
        runner.run(asyncio.wait_for(pyfuncitem.obj(**arguments), None if virtual else HANGS))
    return True


@pytest.fixture(autouse=True, scope="session")
def _a_loop_that_is_late_refuses_nobody():
    """A proxy refuses calls while its loop lags; that of these tests lags because the machine does."""
    with calm():
        yield


watched.watch()


@pytest.fixture(autouse=True)
def _every_stream_keeps_its_grammar():
    yield

    assert watched.breaches() == []


LEAKS = []


def pytest_runtest_logreport(report):
    """No test, passed or failed, may have printed or logged one of the secrets."""
    if any(CANARY in text for _, text in report.sections):
        LEAKS.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if LEAKS:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for leak in LEAKS:
        terminalreporter.write_line(f"A secret was printed by {leak}", red=True)
    if not LISTING.exists():
        terminalreporter.write_line(
            f"No recorded exchanges at {CORPUS}: only our own fixtures ran."
        )
