"""How many calls begin in one turn of the loop, and who comes next where callers have said more.

What is under way goes first: an answer that has come is passed on in the turn that reads it, while what callers say
waits in line. Taken up all at once, hundreds of calls would lie in memory side by side, each of them cold by the time
that its answer comes. Who waits is hardly touched, for the same reason: nobody looks at it before its time.

Invariant: what waits is taken up in the order in which it came, so many calls a turn however much else there is to do,
with all that is said between them; no more waits than `MUCH` and one read, memory that it is kept in included.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sized
from typing import Final, Protocol

from proxy.core.outbox import Soon

MOST: Final = 32
"""Calls that begin in one turn of the loop, where there are so many."""
MUCH: Final = 4 * 1024 * 1024
"""Bytes in line, of all callers, beyond which all of it is taken up at once."""
LEAST: Final = 1024
"""Bytes that each read counts for at least: there are callers who say a byte at a time."""

_log: Final = logging.getLogger(__name__)


class Caller(Protocol):
    """A connection that has brought something."""

    def take_up(self, data: bytes) -> bool:
        """Look at what it brought some time ago; it may have ended since. Whether a request began."""
        ...

    def abort(self) -> None:
        """Close it at once."""
        ...


class Pacer:
    """Says when what the callers of one listener have said is looked at.

    Args:
        callers: All connections: where they are few, nobody has to wait, and nothing is counted.
        soon: As `call_soon`; by default that of the loop that runs when it is needed.
    """

    __slots__ = ("_callers", "_line", "_size", "_soon", "_taken")

    def __init__(self, callers: Sized, soon: Soon | None = None) -> None:
        self._callers = callers
        self._soon = soon
        self._line: deque[tuple[Caller, bytes]] = deque()
        self._size = 0
        """Bytes in line."""
        self._taken = 0
        """Calls of this turn, about. Where it is not 0, or somebody is in line, the next turn is awaited."""

    def has_room(self) -> bool:
        """Whether one more read may be looked at in this turn, which counts it; one that may not has to `wait`."""
        if self._line:
            return False
        if len(self._callers) <= MOST:
            return True
        if self._taken == MOST:
            return False
        if not self._taken:
            self._await_turn()
        self._taken += 1
        return True

    def wait(self, caller: Caller, data: bytes) -> None:
        """Keep this until its time has come; there has been no room."""
        self._line.append((caller, data))
        self._size += max(LEAST, len(data))
        if self._size > MUCH:
            self.flush()

    def flush(self) -> None:
        """Have all that waits taken up now."""
        # What these say meanwhile is behind them, and waits.
        self._take_up(len(self._line), len(self._line))

    def _await_turn(self) -> None:
        (self._soon or asyncio.get_running_loop().call_soon)(self._turn)

    def _turn(self) -> None:
        """Another turn of the loop: first come those who wait."""
        self._taken = 0
        if self._line:
            # They count as one at least, so that the next turn is awaited once.
            self._taken = 1
            self._await_turn()
            self._taken = max(1, self._take_up(len(self._line), MOST))

    def _take_up(self, count: int, most: int) -> int:
        """Take up so much of what waits, until so many requests have begun; how many have."""
        line, begun = self._line, 0
        while count and line and begun < most:
            count -= 1
            caller, data = line.popleft()
            self._size -= max(LEAST, len(data))
            try:
                begun += caller.take_up(data)
            except Exception:  # noqa: BLE001 (what one connection does may not cost the others what is theirs)
                _log.exception("what a caller said could not be taken up")
                caller.abort()
        return begun
