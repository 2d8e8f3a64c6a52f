"""Tells the store how calls ended: aside, in batches, again until it has heard.

Nobody waits for it: a call leaves what it has to tell and goes. One task writes. While the store is away that task tries
on, ever more rarely; what becomes too much to hold meanwhile, or while the store hangs, goes to a journal on disk, and so
does what is left at a stop.

Invariant: what was put is told, or is in the journal, or is counted as lost; never more than `MOST` wait in memory. Neither
a store nor a disk that hangs holds up a stop for longer than it was given.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeAlias

from proxy.core.clock import Clock
from proxy.gate.disk import on_disk
from proxy.gate.ending import Ending
from proxy.gate.journal import Journal
from proxy.store.records import Ask
from proxy.store.store import Store, StoreError

LINGER: Final = 0.01
"""Seconds in which endings gather before they are written together."""
BATCH: Final = 256
"""Endings in one step of the store."""
PATIENCE: Final = 10.0
"""Seconds for one step."""
FIRST_PAUSE: Final = 0.1
"""Seconds after the first failure; doubled each time."""
LONGEST_PAUSE: Final = 5.0
LOOK: Final = 0.25
"""Seconds between two looks at how many wait, as long as it takes to tell them."""
DISK: Final = 5.0
"""Seconds that a stop waits for the journal's disk, and that whoever reads it does."""
MANY: Final = 2_000
"""Endings in memory beyond which those that wait longest go to the journal."""
MOST: Final = 10_000
"""Endings in memory at all."""

Told: TypeAlias = Callable[[], Ending]
"""Works out what is to be told; aside, so that no call pays for it."""

_log: Final = logging.getLogger(__name__)


class Settler:
    """The one writer of a process.

    Args:
        store: Where to.
        clock: Time.
        journal: Where what cannot be told is kept; None for nowhere.
    """

    def __init__(self, store: Store, clock: Clock, journal: Journal | None = None) -> None:
        self._store = store
        self._clock = clock
        self._journal = journal
        self._queue: deque[Told] = deque()
        self._batch: list[Ending] = []
        self._timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle
        """Of the next look; there is one while something is told."""
        self._relief: asyncio.Task[None] | None = None
        """Puts on disk what is too much to hold."""
        self._relieving = 0
        """Endings that it has in its hands."""
        self._has_journal = journal is not None
        self._has_complained = False
        self.is_behind = False
        """Whether the store did not take the last that it was told."""
        self.lost = 0
        """Endings that could be neither told nor kept."""

    @property
    def waiting(self) -> int:
        """Endings that the store was not told yet."""
        return len(self._queue) + len(self._batch)

    def put(self, told: Told) -> None:
        """Tell this, soon."""
        while len(self._queue) >= MOST:
            self._queue.popleft()
            self._lose(1)
        self._queue.append(told)
        if self._timer is None:
            self._idle.clear()
            self._timer = asyncio.get_running_loop().call_later(LINGER, self._ring)

    def start(self) -> None:
        """Begin to write; first what is left of earlier runs."""
        self._task = asyncio.ensure_future(self._run())

    async def flush(self) -> None:
        """Wait until the store has heard everything that was put; for ever, if it is away."""
        if not self._idle.is_set():
            self._ring()
            await self._idle.wait()

    async def close(self, seconds: float) -> None:
        """Write what waits within so many seconds; what the store does not take goes to the journal, if its disk answers."""
        if self._task is None:
            return
        try:
            async with asyncio.timeout(seconds):
                await self.flush()
        except TimeoutError:
            _log.warning("the store was not told of %d calls in time", self.waiting)
        self._task.cancel()
        await asyncio.wait({self._task})
        self._task = None
        self._stop_timer()
        await self._keep()

    async def _keep(self) -> None:
        """Put on disk what is left, and count it as lost where the disk does not answer in time."""
        left: list[Ending] = []
        try:
            async with asyncio.timeout(DISK):
                await self._relieved()
                left = [*self._batch, *self._drawn(len(self._queue))]
                self._batch = []
                if left and not await self._journalled(left):
                    self._lose(len(left))
        except TimeoutError:
            _log.error("the journal's disk did not answer within %g s", DISK)
            self._lose(len(left) + self.waiting + self._relieving)
            if self._relief is not None:
                self._relief.cancel()

    def _ring(self) -> None:
        self._stop_timer()
        self._wake.set()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _run(self) -> None:
        with self._watched():
            await self._replay(orphans=True)
        while True:
            await self._wake.wait()
            self._wake.clear()
            with self._watched():
                while self._queue:
                    self._batch = self._drawn(BATCH)
                    await self._write(self._batch)
                    self._batch = []
                await self._relieved(unless=self._wake)
                if self._wake.is_set():
                    # The disk may hang, and the store does not.
                    continue
                await self._replay()
            if not self._queue:
                # A timer that still runs was for what is told already: the next to come has to find none.
                self._stop_timer()
                self._idle.set()

    async def _write(self, batch: Sequence[Ending]) -> None:
        """Tell these, however long it takes."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._tell(batch)
            except StoreError as error:
                if not self.is_behind:
                    _log.warning("the store was not told how calls ended, and will be: %s", error)
                self.is_behind = True
            except Exception:  # noqa: BLE001 (one call's record may not cost the others theirs)
                await self._told_apart(batch)
                return
            else:
                self.is_behind = False
                return
            await self._clock.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    async def _tell(self, batch: Sequence[Ending]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                for ending in batch:
                    if ending.late:
                        await self._store.admit(Ask(holds=ending.late))
                await self._store.conclude([ending.conclusion for ending in batch])
        except TimeoutError:
            raise StoreError(f"it did not answer within {PATIENCE:g} s") from None

    async def _told_apart(self, batch: Sequence[Ending]) -> None:
        """Something in it cannot be told to any store: tell each by itself, and leave that one out."""
        if len(batch) > 1:
            for ending in batch:
                await self._write([ending])
            return
        _log.exception("the end of a call cannot be told")
        self._lose(len(batch))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Look now and then whether too much waits: a store that hangs fails only after a while, and calls go on ending."""
        self._watch = asyncio.get_running_loop().call_later(LOOK, self._look)
        try:
            yield
        finally:
            self._watch.cancel()

    def _look(self) -> None:
        if self._journal is not None and self._relief is None and len(self._queue) > MANY:
            self._relief = asyncio.ensure_future(self._relieve())
        self._watch = asyncio.get_running_loop().call_later(LOOK, self._look)

    async def _relieve(self) -> None:
        """Put what waits longest on disk, a step at a time so that calls get their turn, until half as much is left."""
        try:
            while len(self._queue) > MANY // 2:
                oldest = self._drawn(BATCH)
                self._relieving = len(oldest)
                if not await self._journalled(oldest):
                    # There is room for more in memory, and the next look tries again.
                    self._queue.extendleft(_known(ending) for ending in reversed(oldest))
                    # The store may be back by now, and nobody else put them on its way.
                    self._wake.set()
                    return
        finally:
            self._relief, self._relieving = None, 0

    async def _relieved(self, unless: asyncio.Event | None = None) -> None:
        """Wait for what goes to disk just now: it is neither in memory nor there, and may not be left half way.

        Args:
            unless: Ends the wait.
        """
        if self._relief is None:
            return
        called = None if unless is None else asyncio.ensure_future(unless.wait())
        try:
            awaited = {self._relief} if called is None else {self._relief, called}
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if called is not None:
                called.cancel()

    async def _journalled(self, endings: Sequence[Ending]) -> bool:
        """Put these on disk; whether they are there."""
        if self._journal is None:
            return False
        try:
            await on_disk(partial(self._journal.add, endings))
        except OSError as error:
            if not self._has_complained:
                _log.error("the journal cannot be written: %s", error)
            self._has_complained = True
            return False
        self._has_complained = False
        self._has_journal = True
        return True

    async def _replay(self, *, orphans: bool = False) -> None:
        """Tell what the journal holds."""
        if self._journal is None or not self._has_journal:
            return
        self._has_journal = False
        try:
            async with asyncio.timeout(DISK):
                all_taken = await on_disk(partial(self._journal.take, orphans=orphans))
            for taken in all_taken:
                for at in range(0, len(taken.endings), BATCH):
                    await self._write(taken.endings[at : at + BATCH])
                async with asyncio.timeout(DISK):
                    await on_disk(partial(self._journal.done, taken))
        except TimeoutError:
            # What ends by now goes to the store all the same.
            _log.error(
                "the journal's disk does not answer: what it holds is told at the next start"
            )
        except OSError as error:
            _log.error("the journal cannot be read: %s", error)

    def _drawn(self, most: int) -> list[Ending]:
        """The next of the queue, worked out."""
        endings = []
        for _ in range(min(most, len(self._queue))):
            told = self._queue.popleft()
            try:
                endings.append(told())
            except Exception:  # noqa: BLE001 (one call's record may not cost the others theirs)
                _log.exception("the end of a call could not be worked out")
                self._lose(1)
        return endings

    def _lose(self, count: int) -> None:
        if not self.lost:
            _log.error("the ends of calls are lost: the store is away, and they cannot be kept")
        self.lost += count


def _known(ending: Ending) -> Told:
    """One that was worked out before."""
    return lambda: ending
