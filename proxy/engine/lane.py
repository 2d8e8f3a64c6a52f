"""One attempt with its place in the health records: whoever opens a lane closes it, and the records stay true."""

from typing import Final

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError, Tried
from proxy.core.record import record
from proxy.core.rounding import tenths
from proxy.engine.attempt import Attempt
from proxy.route.health import Entry, Health
from proxy.route.plan import Candidate

FAIR_TIME: Final = 5.0
"""Seconds that a target must have had before a caller's own clock counts against it."""
_CLOCKS: Final = frozenset({Kind.FIRST_BYTE_TIMEOUT, Kind.TOTAL_TIMEOUT, Kind.CONNECT_TIMEOUT})


@record
class Window:
    """How long a lane may take, in loop time."""

    first_byte_by: float
    whole_by: float
    is_callers: bool = False
    """Whether the caller set a clock of its own: what it is too impatient for says nothing about the target."""


class Lane:
    """An attempt under way. `begin` once, `aclose` always.

    Args:
        candidate: Who is tried.
        attempt: The try.
        health: The records that it enters now.
        clock: Time.
        extra: Whether a budget let it through: it is a further try at the same target, or a hedge.
        entry: Where an attempt that has begun has entered the records.
    """

    __slots__ = (
        "_clock",
        "_entry",
        "_health",
        "_open",
        "attempt",
        "began",
        "candidate",
        "error",
        "spoke",
        "took",
    )

    def __init__(
        self,
        candidate: Candidate,
        attempt: Attempt,
        health: Health,
        clock: Clock,
        *,
        extra: bool = False,
        entry: Entry | None = None,
    ) -> None:
        self.candidate = candidate
        self.attempt = attempt
        self.began = clock.now() if entry is None else entry.began
        self.took = 0.0
        """Seconds from its start to its first output or its failure."""
        self.error: ProxyError | None = None
        self.spoke = False
        self._health = health
        self._clock = clock
        self._entry = entry or health.enter(candidate.target, self.began, extra=extra)
        self._open = True

    @property
    def name(self) -> str:
        """`provider/model`."""
        return self.candidate.target.name

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed yet."""
        return self._open

    def speaks(self, now: float) -> None:
        """The target has spoken, to somebody who heard it at once.

        Args:
            now: Loop time.
        """
        self.took = now - self.began
        self.spoke = True
        self._health.spoke(self._entry, now)

    async def begin(self, window: Window) -> ProxyError | None:
        """Listen until the target speaks; None once it has."""
        error = await self.attempt.begin(window.first_byte_by, window.whole_by)
        now = self._clock.now()
        self.took = now - self.began
        self.error = error
        if error is None:
            self.spoke = True
            self._health.spoke(self._entry, now)
        else:
            self._blame(error, window, now)
        return error

    def _blame(self, error: ProxyError, window: Window, now: float) -> None:
        hurried = window.is_callers and error.kind in _CLOCKS and self.took < FAIR_TIME
        if hurried:
            self._health.left(self._entry, now)
        else:
            self._health.failed(self._entry, error, now)

    def close(self) -> None:
        """Leave the records, after an answer that was read to its end."""
        self._open = False
        self._health.ended(self._entry)

    async def aclose(self) -> None:
        """Close the attempt and leave the records."""
        if not self._open:
            return
        self._open = False
        now = self._clock.now()
        if not self.spoke and self.error is None:
            self.took = now - self.began
            self._health.left(self._entry, now)
        self._health.ended(self._entry)
        await self.attempt.aclose()

    def tried(self, kind_of: ProxyError | None) -> Tried:
        """How the lane is told of.

        Args:
            kind_of: Why it came to nothing; None where it serves.
        """
        return Tried(
            target=self.name,
            kind=kind_of.kind if kind_of else None,
            status=kind_of.status if kind_of else None,
            code=(kind_of.code or kind_of.type) if kind_of else None,
            ms=tenths(self.took * 1000),
            began=self.began,
        )
