"""Whether Redis is worth a wait: after three failures in a row nobody waits for it, for a second.

It is no circuit of `route/`, which decides between targets: here there is one server, and the question is only how long
its callers wait to hear that it is away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

FAILURES: Final = 3
REST: Final = 1.0
"""Seconds."""


class Breaker:
    """Counts failures in a row."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether nobody should wait for an answer."""
        return self._failures >= FAILURES

    @property
    def may_look(self) -> bool:
        """Whether it has rested long enough for a look at the server."""
        return self._now() >= self._until

    def succeeded(self) -> None:
        """The server answered, whatever it said."""
        self._failures = 0

    def failed(self) -> None:
        """It did not answer."""
        self._failures += 1
        self._until = self._now() + REST
