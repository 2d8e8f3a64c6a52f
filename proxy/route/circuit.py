"""A circuit: whether one thing that may fail is worth a call now. Pure; time and chance are arguments.

Closed, it counts. Five failures in a row, or more than half of at least twenty calls in 30 s, open it; then nobody calls
for 5 s, doubled at each relapse up to 30 s. After that exactly one call probes it: a success closes it, and calls come
back over 30 s; a failure opens it for longer.

Invariant: never more than one probe; an outcome that says nothing about the thing (the caller left, the request was
wrong) moves nothing but the probe's place.
Source: Nygard, Release It!, 2nd ed., chapter 5; the figures are decision 0011's.
"""

from enum import StrEnum, unique
from typing import Final

from proxy.core.record import record
from proxy.route.window import Window

IN_A_ROW: Final = 5
"""Failures in a row that open it."""
WINDOW: Final = 30
"""Seconds over which the share of failures is taken, in steps of one."""
LEAST_CALLS: Final = 20
"""Calls in the window below which the share says nothing."""
SHARE: Final = 0.5
"""More failures than this share of the window open it."""
OPEN_FIRST: Final = 5.0
"""Seconds of the first opening."""
OPEN_MOST: Final = 30.0
"""Seconds of the longest opening, jitter included."""
JITTER: Final = 0.1
"""Openings differ by up to this share, so that replicas do not probe at once."""
SLOW_START: Final = 30.0
"""Seconds after closing over which calls come back."""
START_SHARE: Final = 0.1
"""The share of calls that comes back at once."""


@unique
class State(StrEnum):
    """What a circuit is doing."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """Open for long enough: one probe may go, or is under way."""


@record
class Ticket:
    """A call under way."""

    probe: bool = False
    """The one call that asks whether it is well again."""
    forced: bool = False
    """It went out although the circuit was open, because nothing better stood."""


_CALM: Final = Ticket()
_PROBE: Final = Ticket(probe=True)
_FORCED: Final = Ticket(forced=True)


class Circuit:
    """One thing that may fail: a target, or a credential."""

    __slots__ = (
        "_calls",
        "_closed_at",
        "_failures",
        "_in_a_row",
        "_opened",
        "_probing",
        "_relapses",
        "_until",
    )

    def __init__(self) -> None:
        self._calls = Window(WINDOW)
        self._failures = Window(WINDOW)
        self._in_a_row = 0
        self._relapses = 0
        self._opened = False
        self._until = 0.0
        self._probing = False
        self._closed_at: float | None = None

    def state(self, now: float) -> State:
        """What it is doing."""
        if not self._opened:
            return State.CLOSED
        return State.HALF_OPEN if now >= self._until else State.OPEN

    def free_at(self, now: float) -> float:
        """The time from which a call may be let through; `now` or earlier where one may be now."""
        return self._until if self._opened else now

    def share(self, now: float) -> float:
        """The share of calls that should come: 0 while it is open or probed, less than 1 in the slow start."""
        if self._opened:
            return 1.0 if now >= self._until and not self._probing else 0.0
        if self._closed_at is None:
            return 1.0
        gone = (now - self._closed_at) / SLOW_START
        return min(1.0, START_SHARE + (1.0 - START_SHARE) * gone)

    def is_well(self, now: float) -> bool:
        """Whether it is closed, and not in the slow start."""
        closed_at = self._closed_at
        return not self._opened and (closed_at is None or now - closed_at >= SLOW_START)

    def enter(self, now: float) -> Ticket:
        """A call goes out. Whoever enters must leave with the same ticket."""
        if not self._opened:
            return _CALM
        if now >= self._until and not self._probing:
            self._probing = True
            return _PROBE
        return _FORCED

    def leave(self, ticket: Ticket, now: float, *, well: bool | None, draw: float) -> None:
        """A call came back.

        Args:
            ticket: From `enter`.
            now: Seconds.
            well: Whether it went well; None where it says nothing about the thing.
            draw: From [0, 1), for the jitter of an opening.
        """
        if ticket.probe:
            self._probing = False
        if well is None:
            return
        self._calls.add(now)
        if well:
            self._in_a_row = 0
            if ticket.probe or ticket.forced:
                self._close(now)
            return
        self._in_a_row += 1
        self._failures.add(now)
        if ticket.probe or (not self._opened and self._is_too_much(now)):
            self._open(now, draw)

    def _is_too_much(self, now: float) -> bool:
        if self._in_a_row >= IN_A_ROW:
            return True
        calls = self._calls.total(now)
        return calls >= LEAST_CALLS and self._failures.total(now) > calls * SHARE

    def _open(self, now: float, draw: float) -> None:
        if self._closed_at is not None and now - self._closed_at > SLOW_START:
            # It was well for long enough: this is a new illness, not a relapse.
            self._relapses = 0
        span = OPEN_FIRST * 2.0 ** min(self._relapses, 16) * (1.0 + JITTER * (2.0 * draw - 1.0))
        self._until = now + min(span, OPEN_MOST)
        self._relapses += 1
        self._opened = True
        self._closed_at = None

    def _close(self, now: float) -> None:
        self._opened = False
        self._closed_at = now
        self._in_a_row = 0
        self._calls = Window(WINDOW)
        self._failures = Window(WINDOW)
