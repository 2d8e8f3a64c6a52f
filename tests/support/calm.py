"""The command as its users have it, but that it refuses nobody because its loop lags: a test's lags where its machine does.

Run it as `python -m tests.support.calm serve`; workers that it forks are as calm.
"""

import sys
from contextlib import contextmanager
from unittest.mock import patch

from proxy.cli import main
from proxy.gate import load


class _Calm(load.Lag):
    def start(self):
        """Look at nothing."""


@contextmanager
def calm():
    """Meanwhile no proxy of this process looks how late its loop is."""
    with patch.object(load, "Lag", _Calm):
        yield


if __name__ == "__main__":
    with calm():
        sys.exit(main())
