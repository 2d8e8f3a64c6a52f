"""How much this process takes on at once: so many calls, a short queue before them, and nothing while it lags.

A refusal costs a comparison; whoever is refused is told to come back in a second. Probes and metrics never ask here.

Invariant: calls under way never exceed `max_in_flight`, waiting ones never `max_queue`, and whoever came first goes
first; a caller who stops waiting gives its place back at once.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Self

from proxy.core.errors import Kind, ProxyError
from proxy.core.record import Part

RETRY_AFTER: Final = 1.0
"""Seconds that whoever is refused is told to wait."""
LAG_STEP: Final = 0.1
"""Seconds between two looks at how late the loop is."""
LAG_MOST: Final = 0.25
"""Seconds: a second in which the loop was later than this is a slow one."""
LAG_SECONDS: Final = 5
"""Slow seconds in a row after which new calls are refused."""
LAG_TOLD: Final = 30
"""Seconds that whoever asks is told of; scrapes are rarer than delays."""


class Load:
    """The places of one process.

    Args:
        max_in_flight: Calls under way at once.
        max_queue: Calls that may wait for a place.
        queue_timeout: Seconds that one waits.
    """

    def __init__(self, max_in_flight: int, max_queue: int, queue_timeout: float) -> None:
        self._max_in_flight = max_in_flight
        self._max_queue = max_queue
        self._queue_timeout = queue_timeout
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._give_back = self._leave
        """The same for all places."""
        self.in_flight = 0
        self.lag = Lag()

    @property
    def queued(self) -> int:
        """Calls that wait for a place."""
        return len(self._waiting)

    async def place(self) -> "Place":
        """A place, which must be left.

        Raises:
            ProxyError: SATURATED, at once or after the queue's time.
        """
        if self.lag.is_behind:
            raise _refusal("is behind with its work")
        place = self.place_at_hand()
        if place is None:
            await self._wait()
            place = Place(self._give_back)
        return place

    def place_at_hand(self) -> "Place | None":
        """A place, which must be left; None where one would have to be waited for, or is refused."""
        if self.lag.is_behind or self.in_flight >= self._max_in_flight or self._waiting:
            return None
        self.in_flight += 1
        return Place(self._give_back)

    async def _wait(self) -> None:
        if len(self._waiting) >= self._max_queue:
            raise _refusal(f"serves {self.in_flight} calls, and {self.queued} wait")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._queue_timeout):
                await turn
        except TimeoutError:
            raise self._given_up(turn) from None
        except asyncio.CancelledError:
            self._given_up(turn)
            raise

    def _given_up(self, turn: "asyncio.Future[None]") -> ProxyError:
        """A caller waits no longer; a turn that had just come goes to the next."""
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif turn.done() and not turn.cancelled():
            self._leave()
        return _refusal(f"had no place within {self._queue_timeout:g} s")

    def _leave(self) -> None:
        """Hand the place on, or free it."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.in_flight -= 1


class Place(Part):
    """One call's place, given back once; a block that holds it leaves it at its end."""

    _give_back: Callable[[], None]
    _held: bool = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        """Give it back; what is still tidied up holds nobody up."""
        if self._held:
            self._held = False
            self._give_back()


class Lag:
    """How late the event loop is: whether so for seconds on end."""

    def __init__(self) -> None:
        self.is_behind = False
        self._seconds: deque[float] = deque(maxlen=LAG_TOLD)
        self._slow = 0
        self._worst = 0.0
        self._steps = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look, on the running loop."""
        self._schedule(asyncio.get_running_loop())

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    @property
    def recent(self) -> float:
        """Seconds: the worst of the last `LAG_TOLD` seconds that have passed."""
        return max(self._seconds, default=0.0)

    def note(self, late: float) -> None:
        """One look: the loop came this many seconds late."""
        self._worst = max(self._worst, late)
        self._steps += 1
        # A step that came very late stands for all the time that it took.
        if self._steps * LAG_STEP + late < 1.0:
            return
        self._slow = self._slow + 1 if self._worst > LAG_MOST else 0
        self.is_behind = self._slow >= LAG_SECONDS
        self._seconds.append(self._worst)
        self._worst, self._steps = 0.0, 0

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due = loop.time() + LAG_STEP
        self._timer = loop.call_at(self._due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self.note(max(0.0, loop.time() - self._due))
        self._schedule(loop)


def _refusal(why: str) -> ProxyError:
    return ProxyError(
        Kind.SATURATED, f"This server {why}. Try again in a moment.", retry_after=RETRY_AFTER
    )
