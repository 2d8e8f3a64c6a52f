"""Answers that are given again: looked up before a call is sent on, collected while it is answered, kept when it has ended.

Nobody waits for an answer to be kept, and a store that is away costs a call its place in the cache and nothing else.

Invariant: of one answer never more than `MOST` bytes are collected, nor are more than `MOST_WRITES` written at once;
what is not whole is not kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from proxy.core.shape import ChatRequest, Chunk, Completion
from proxy.gate.cache import (
    MOST,
    Kept,
    Place,
    key_of,
    read,
    written_chunk,
    written_stream,
    written_whole,
)
from proxy.gate.caller import Caller
from proxy.store.store import Notes, StoreError

HIT: Final = "hit"
MISS: Final = "miss"
BYPASS: Final = "bypass"
"""It was not looked up: the caller did not want it, or the store was away."""

OFF: Final = "off"
"""The caller's wish that nothing is looked up and nothing kept."""
REFRESH: Final = "refresh"
"""The caller's wish that nothing is looked up; the answer is kept in the place of an earlier one."""

MOST_WRITES: Final = 64
"""Answers that are written at once; further ones are not kept."""
PATIENCE: Final = 1.0
"""Seconds that a stop leaves to the last of them."""

_log: Final = logging.getLogger(__name__)


class Entry:
    """One call's place in the cache.

    Args:
        result: `hit`, `miss` or `bypass`.
        kept: The answer, where it is there.
        keep: Keeps one; None where none is to be.
    """

    def __init__(
        self,
        result: str,
        kept: Kept | None = None,
        keep: Callable[[bytes], None] | None = None,
    ) -> None:
        self.result = result
        self.kept = kept
        self._keep = keep
        self._parts: list[bytes] = []
        self._room = MOST

    def take(self, chunks: list[Chunk]) -> None:
        """These were said."""
        for chunk in chunks:
            if self._keep is None:
                return
            part = written_chunk(chunk)
            self._room -= len(part)
            self._parts.append(part)
            if self._room < 0:
                self._keep = None
                self._parts.clear()

    def end(self, target: str) -> None:
        """What was said is all of it."""
        if self._keep is not None:
            self._put(written_stream(target, self._parts))

    def whole(self, target: str, completion: Completion) -> None:
        """This is the answer."""
        if self._keep is not None:
            self._put(written_whole(target, completion))

    def _put(self, data: bytes | None) -> None:
        keep, self._keep = self._keep, None
        if keep is not None and data is not None:
            keep(data)


class Answers:
    """The kept answers of all tenants.

    Args:
        notes: Where they are kept.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._writes: set[asyncio.Task[None]] = set()

    async def entry(
        self, caller: Caller, request: ChatRequest, place: Place, seconds: float, wish: str = ""
    ) -> Entry:
        """Look a call up.

        Args:
            caller: Who calls.
            request: What is asked.
            place: What it goes to.
            seconds: How long its answer may be kept.
            wish: `off`, `refresh`, or empty.
        """
        key = None if wish == OFF else key_of(caller, request, place)
        if key is None:
            return Entry(BYPASS)

        def keep(data: bytes) -> None:
            self._write(key, data, seconds)

        if wish == REFRESH:
            return Entry(BYPASS, keep=keep)
        try:
            data = await self._notes.note(key)
        except StoreError as error:
            _log.warning("kept answers cannot be looked up: %s", error)
            return Entry(BYPASS)
        kept = None if data is None else read(data)
        if kept is None or (kept.told() if request.stream else kept.whole()) is None:
            return Entry(MISS, keep=keep)
        return Entry(HIT, kept)

    async def close(self) -> None:
        """Wait a moment for what is being written, then give it up."""
        if self._writes:
            await asyncio.wait(self._writes, timeout=PATIENCE)
        for task in self._writes:
            task.cancel()

    def _write(self, key: str, data: bytes, seconds: float) -> None:
        if len(self._writes) < MOST_WRITES:
            task = asyncio.ensure_future(self._put(key, data, seconds))
            self._writes.add(task)
            task.add_done_callback(self._writes.discard)

    async def _put(self, key: str, data: bytes, seconds: float) -> None:
        try:
            await self._notes.put(key, data, seconds)
        except StoreError as error:
            _log.warning("an answer is not kept: %s", error)
