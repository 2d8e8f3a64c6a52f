"""A thread that owns a connection: steps are queued from event loops, run in order, and answered on the loop they came from.

Invariant: a connection is used by its own thread only; a step is answered after its transaction has been committed.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from proxy.store.patience import within
from proxy.store.store import StoreError

T = TypeVar("T")

PATIENCE: Final = 5.0
"""Seconds that somebody waits at least. A file locked by others fails sooner; this is for a disk that does not answer."""

MOST_TOGETHER: Final = 128
"""Steps that share a transaction: some milliseconds of work, so that nobody waits long for the others' part."""


@dataclass(slots=True, eq=False)
class Step:
    """One thing to do with the connection."""

    run: Callable[[sqlite3.Connection], Any]
    durable: bool
    """Whether it must survive a power cut from the moment that it is answered."""
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = field(default=None)


class Lane:
    """The thread and its queue.

    Args:
        name: The thread's.
        path: Of the file, for messages.
        work: Does steps together.
        end: Called last, on the thread.
        patience: Seconds that somebody waits for a step.
    """

    def __init__(
        self,
        name: str,
        path: str,
        work: Callable[[Sequence[Step]], None],
        end: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        self._path = path
        self._patience = patience
        self._work = work
        self._end = end
        self._queue: SimpleQueue[Step | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, run: Callable[[sqlite3.Connection], T], *, durable: bool = False) -> T:
        """Run it on the thread.

        Raises:
            StoreError: the file could not be read or written, or not in time.
        """
        if self._closed:
            raise StoreError(f"the store {self._path} is closed")
        loop = asyncio.get_running_loop()
        step = Step(run, durable, loop, loop.create_future())
        self._queue.put(step)
        try:
            await within(self._patience, step.future)
        except TimeoutError:
            raise StoreError(
                f"{self._path}: no answer in {self._patience:g} s; is its disk well?"
            ) from None
        if step.error is None:
            result: T = step.result
            return result
        if isinstance(step.error, sqlite3.Error):
            raise StoreError(f"{self._path}: {step.error}") from step.error
        raise step.error

    async def close(self) -> None:
        """Do what waits, then end the thread."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join, self._patience)

    def _run(self) -> None:
        going = True
        while going:
            together, going = self._gather()
            wanted = [step for step in together if not step.future.cancelled()]
            if wanted:
                self._work(wanted)
                _answer(wanted)
        self._end()

    def _gather(self) -> tuple[list[Step], bool]:
        """What waits, once something does; and whether to go on after it."""
        together: list[Step] = []
        following = self._queue.get()
        while following is not None:
            together.append(following)
            if len(together) == MOST_TOGETHER:
                return together, True
            try:
                following = self._queue.get_nowait()
            except Empty:
                return together, True
        return together, False


def _answer(steps: Sequence[Step]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[Step]] = {}
    for step in steps:
        loops.setdefault(step.loop, []).append(step)
    for loop, its in loops.items():
        try:
            loop.call_soon_threadsafe(_tell, its)
        except RuntimeError:
            # The loop has ended, and with it whoever asked.
            continue


def _tell(steps: Sequence[Step]) -> None:
    for step in steps:
        if not step.future.done():
            step.future.set_result(None)
