"""The store as a call meets it: within a bounded time, and not at all for a moment where it keeps failing.

A store has its own way to notice that it is away, and some cannot: a disk that hangs answers nothing. This holds for all
of them. What is written aside goes to the store itself, which has the time.

Invariant: `ask` answers or raises `StoreError` within the link's patience; behind three failures it raises at once,
except for one caller a second, who finds out whether the store is back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from proxy.core.clock import Clock
from proxy.store.patience import PATIENCE, within
from proxy.store.store import Instant, Store, StoreError

FAILURES: Final = 3
"""Failures in a row after which nobody waits."""
REST: Final = 1.0
"""Seconds between two looks at a store that is away."""
SILENCE: Final = 10.0
"""Seconds between two lines in the log about it."""
LOOK: Final = "look"
"""The note by which it is seen whether a store that was away takes anything again."""

_log: Final = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Link:
    """The way to one store.

    Args:
        store: The store, open.
        clock: Time.
        patience: Seconds that a call waits for the store.
    """

    def __init__(self, store: Store, clock: Clock, patience: float = PATIENCE) -> None:
        self.store = store
        self._clock = clock
        self._patience = patience
        self.instant: Final = store if isinstance(store, Instant) else None
        """The same store, where to ask it takes no wait."""
        self._failures = 0
        self._look_at = 0.0
        self._tell_at = 0.0

    @property
    def is_down(self) -> bool:
        """Whether the last that was asked came to nothing."""
        return self._failures > 0

    async def ask(self, verb: Callable[[Store], Awaitable[Answer]]) -> Answer:
        """Ask the store.

        Args:
            verb: What is asked, as one or more of its verbs.

        Raises:
            StoreError: it did not answer in time. It may have done what it was asked.
        """
        if self.instant is not None:
            # What never waits needs no clock over it.
            return await verb(self.store)
        if self._failures >= FAILURES:
            now = self._clock.now()
            if now < self._look_at:
                raise StoreError(f"the store ({self.store.name}) does not answer")
            self._look_at = now + REST
        try:
            answer = await within(self._patience, verb(self.store))
        except TimeoutError:
            said = f"did not answer within {self._patience:g} s (`store_timeout`)"
            late = StoreError(f"the store ({self.store.name}) {said}")
            self._failed(late)
            raise late from None
        except StoreError as error:
            self._failed(error)
            raise
        self._failures = 0
        return answer

    async def look(self) -> None:
        """See whether a store that is away is back, where no call would find out: one that serves nobody just now would say
        that it does without the store for as long as nobody comes.

        It writes, because a store that only reads lets no call be charged.
        """
        if self.is_down:
            with suppress(StoreError):
                await self.ask(lambda store: store.put(LOOK, b"", REST))

    def _failed(self, error: StoreError) -> None:
        now = self._clock.now()
        self._failures += 1
        self._look_at = now + REST
        if now >= self._tell_at:
            self._tell_at = now + SILENCE
            _log.warning("calls do without the store: %s", error)
