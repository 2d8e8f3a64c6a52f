"""What the store could not be told is told again, until it hears, or says why not, or this process stops.

Invariant: only what a store that is away did not hear is told again, and what too many said of a job at once.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.jobs import CONTESTED

FIRST_PAUSE: Final = 0.5
"""Seconds after which it is told again; doubled each time."""
LONGEST_PAUSE: Final = 30.0

_log: Final = logging.getLogger(__name__)


async def insist(clock: Clock, lapse: str, tell: Callable[[], Awaitable[object]]) -> None:
    """Tell it again and again, the first time after a pause; raises nothing that `tell` does by name.

    Args:
        clock: Time.
        lapse: What is wrong where it is told in vain, as words for the log.
        tell: Tells it; safe to be called twice.
    """
    pause = FIRST_PAUSE
    while True:
        await clock.sleep(pause)
        pause = min(LONGEST_PAUSE, 2 * pause)
        try:
            await tell()
        except ProxyError as error:
            if error.kind is Kind.SATURATED or error.code == CONTESTED:
                continue
            _log.warning("%s: %s", lapse, error.message)
        return
