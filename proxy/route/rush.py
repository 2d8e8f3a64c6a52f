"""How soon after their calls the streams of one target are whole, where they are so quick. No I/O, no clock.

Some targets do not speak as a model does: caches, replays and stand-ins write a whole answer as fast as they can. Reading
each of its packets costs several times what reading all of them at once does. So what such a target does is remembered,
as a processor remembers which way a branch went, and its next stream is read when it should be whole.

Invariant: nothing is expected later than `MOST` after a call, nor of a target whose last stream was not whole.
"""

from __future__ import annotations

from typing import Final

MOST: Final = 0.010
"""Seconds."""
LEAST: Final = 0.001
"""Seconds: what is whole sooner mostly comes in one read anyway."""
SURE: Final = 4
"""Streams in a row that have to be whole before the next is expected to be."""
EVERY: Final = 16
"""One of so many is not expected, but read as it comes: only so is it seen that they are whole sooner."""
FRESH: Final = 5.0
"""Seconds after which what a target did is forgotten."""
_MOST_SURE: Final = 4096
_SOONER: Final = 1 - 1 / 32
"""What becomes of an expectation that was met: perhaps a shorter one would be met as well."""
_FORGIVEN: Final = 64
"""Streams in a row after which half of the distrust is gone."""


class Rush:
    """Of one target. Times are seconds on the loop's clock."""

    __slots__ = ("_after", "_heard_at", "_run", "_sure")

    def __init__(self) -> None:
        self._after = 0.0
        self._heard_at = 0.0
        self._run = 0
        """Streams in a row that were whole."""
        self._sure = SURE
        """How many it takes: twice as many each time that somebody waited for one that was not."""

    def expected(self, now: float) -> float:
        """Seconds from a call that begins now to when its stream should be whole; 0.0 where it is to be read as it comes."""
        is_known = self._run >= self._sure and now - self._heard_at <= FRESH
        if not is_known or self._after < LEAST or self._run % EVERY == EVERY - 1:
            return 0.0
        return self._after

    def was_met(self, now: float) -> None:
        """A stream was whole when it was expected to be."""
        self._whole(now)
        self._after *= _SOONER

    def was_whole(self, after: float, now: float) -> None:
        """A stream was whole, and its rest had to be waited for.

        Args:
            after: Seconds from the call to when that was found.
            now: When.
        """
        if after > 2 * MOST:
            self.was_slow()
            return
        self._whole(now)
        is_sooner = after < self._after or not self._after
        self._after = min(after if is_sooner else (self._after + after) / 2, MOST)

    def was_at_once(self, after: float, now: float) -> None:
        """A stream was whole as soon as any of it was here; the arguments are those of `was_whole`."""
        if after > 2 * MOST:
            self.was_slow()
            return
        self._whole(now)
        self._after = min(after, self._after)

    def was_slow(self, *, kept_waiting: bool = False) -> None:
        """A stream was not whole in time.

        Args:
            kept_waiting: Whether some of it was here and was not read, because all of it was expected.
        """
        self._run = 0
        if kept_waiting:
            self._sure = min(2 * self._sure, _MOST_SURE)

    def _whole(self, now: float) -> None:
        self._heard_at = now
        self._run += 1
        if self._run % _FORGIVEN == 0:
            self._sure = max(self._sure // 2, SURE)
