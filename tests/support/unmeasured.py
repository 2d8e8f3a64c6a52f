"""A pytest plugin for `make test`: coverage watches the test processes and no process that a test starts.

coverage.py finds its way into every Python process through an environment variable. The workers need that; the
servers and commands that tests start do not: it would slow them and spoil what is measured of their start and size.
"""

import os


def pytest_configure(config):
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.getoption("numprocesses", None):
        os.environ.pop("COVERAGE_PROCESS_START", None)
