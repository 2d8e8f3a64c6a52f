"""A budget: how many extra calls a target may get for each call that was meant for it.

Further tries at the same target and hedges are extra; going on to another target is not, and is never refused here. A
share of the calls of the last 10 s may be repeated, plus a few a second, so that a quiet target can be tried again at
all and a failing one gets no storm.

Invariant: in t seconds, extras <= share x calls of those and the 10 seconds before + floor x (t + 1).
Source: Finagle's RetryBudget, https://twitter.github.io/finagle/guide/Clients.html#retries (read 2026-11-21).
"""

from typing import Final

from proxy.route.window import Window

SPAN: Final = 10
"""Seconds that a call is remembered."""
RETRY_SHARE: Final = 0.2
RETRY_FLOOR: Final = 3.0
"""Extras a second, for tries at the same target."""
HEDGE_SHARE: Final = 0.05
HEDGE_FLOOR: Final = 1.0
"""Extras a second, for hedges."""


class Budget:
    """Lets extras of one target through.

    Args:
        calls: The calls that were meant for it, of the last `SPAN` seconds.
        share: Extras for each call.
        floor: Extras a second in any case.
    """

    __slots__ = ("_calls", "_extras", "_floor", "_free", "_share", "_since")

    def __init__(
        self, calls: Window, share: float = RETRY_SHARE, floor: float = RETRY_FLOOR
    ) -> None:
        self._calls = calls
        self._share = share
        self._floor = floor
        self._free = floor
        self._since = 0.0
        self._extras = Window(SPAN)

    def take(self, now: float) -> bool:
        """Spend one extra, if there is one left."""
        # At most one second's worth of the floor is saved up: a burst may not spend a quiet minute.
        self._free = min(self._floor, self._free + self._floor * max(0.0, now - self._since))
        self._since = max(self._since, now)
        if self._free >= 1.0:
            self._free -= 1.0
            return True
        if self._extras.total(now) + 1 > self._share * self._calls.total(now):
            return False
        self._extras.add(now)
        return True
