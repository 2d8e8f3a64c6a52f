"""The clients that need an environment of their own: run by `make clients`, which makes those, and by nobody else.

What the run did is written to `build/clients.json`, and the table in `docs/clients.md` is held to it, or written from it
where `FIRSTBYTE_CLIENTS` says `write`.
"""

import os
from dataclasses import replace

import pytest

from proxy.config.schema import Alias, TargetRef
from proxy.core.shape import Quirks
from tests.support.clients_page import Page
from tests.support.drivers import VOICES
from tests.support.house import models, running

WISH = os.environ.get("FIRSTBYTE_CLIENTS", "")
collect_ignore_glob = [] if WISH else ["test_*.py"]
PAGE = Page()


def config(simulator):
    """As everywhere, but for one that is told how much to think in the word that OpenAI's models have."""
    made = models(simulator)
    gpt = replace(made.providers["gpt"], quirks=Quirks(request=("effort_levels",)))
    patient = {
        voice.alone: Alias(voice.alone, (TargetRef("gpt", voice.alone, limits={"retries": 1}),))
        for voice in VOICES
    }
    return replace(
        made, providers={**made.providers, "gpt": gpt}, models={**made.models, **patient}
    )


@pytest.fixture(scope="session")
def house():
    with running(config) as house:
        yield house


@pytest.fixture(scope="session")
def drivers():
    """Each script as one process, started when it is first asked."""
    started = {}

    def driver_of(voice):
        if voice.script not in started:
            started[voice.script] = voice.start()
        return started[voice.script]

    yield driver_of
    for driver in started.values():
        driver.close()


def pytest_generate_tests(metafunc):
    if "voice" in metafunc.fixturenames:
        metafunc.parametrize("voice", VOICES, ids=[voice.name for voice in VOICES])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    voice = getattr(item, "callspec", None) and item.callspec.params.get("voice")
    if voice and (report.when == "call" or report.failed):
        PAGE.note(voice, item.originalname, passed=report.passed)
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if not WISH or not PAGE.whole:
        return
    PAGE.keep()
    if WISH == "write":
        PAGE.write()
    elif not PAGE.is_written():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(
            "docs/clients.md is not what this run did: make clients WISH=write", red=True
        )
