"""What replicas tell each other through the store: whom to leave alone for how long, and that they are there.

Each posts a note of its own on one board and reads the others' every second. Telling and hearing wait for nothing, and a
store that is away, or fails in a way that nobody expects, only means that nothing new is heard.

A note says how many seconds are left, because no two machines have the same clock; so it is posted anew, and what was
read before says nothing.

Invariant: nobody hears itself, and nothing is believed for longer than it was said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.store.store import Notes, StoreError

TOPIC: Final = "advice"
EVERY: Final = 1.0
"""Seconds between two looks at the board."""
AGAIN: Final = 10.0
"""Seconds after which a note is posted anew though nothing changed."""
GONE: Final = 30.0
"""Seconds after which who posts nothing is not there any more."""
PATIENCE: Final = 1.0
"""Seconds for one question to the store."""
MOST: Final = 1_000
"""Things that one replica warns of at once."""
LONGEST: Final = 300.0
"""Seconds: no warning is believed for longer."""

_log: Final = logging.getLogger(__name__)


class Board:
    """One replica's place at the board.

    Args:
        notes: The store.
        clock: Time.
        me: This replica's name, which no other has.
    """

    def __init__(self, notes: Notes, clock: Clock, me: str) -> None:
        self._notes = notes
        self._clock = clock
        self._me = me
        self._said: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self.until = 0.0
        """Loop time from which nothing that was heard counts any more."""
        self._read: dict[str, bytes] = {}
        self._has_news = True
        self._posted = 0.0
        self._has_complained = False
        self._task: asyncio.Task[None] | None = None

    @property
    def replicas(self) -> int:
        """How many there are, this one included."""
        return 1 + len(self._read)

    def tell(self, thing: str, seconds: float) -> None:
        """Others may want to leave this alone for so long."""
        if len(self._said) >= MOST:
            self._forget(self._said)
            if len(self._said) >= MOST:
                return
        self._said[thing] = self._clock.now() + seconds
        self._has_news = True

    def heard(self, thing: str) -> float:
        """Seconds for which others say that this is better left alone; 0 for none."""
        if not self._heard:
            return 0.0
        return max(0.0, self._heard.get(thing, 0.0) - self._clock.now())

    def start(self) -> None:
        """Begin to post and to read."""
        self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """Leave the board."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        self._task = None
        try:
            async with asyncio.timeout(PATIENCE):
                await self._notes.drop(f"{TOPIC}:{self._me}")
        except (StoreError, TimeoutError):
            # It goes by itself.
            return

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._post()
                async with asyncio.timeout(PATIENCE):
                    self._listen(await self._notes.board(TOPIC))
            except (StoreError, TimeoutError) as error:
                _log.debug("other replicas are not heard: %s", error)
            except Exception:  # noqa: BLE001 (logged: nobody else would hear of it, and the next look is another)
                self._complain()
            else:
                self._has_complained = False
            await self._clock.sleep(EVERY)

    def _complain(self) -> None:
        """Say once what would else be said every second."""
        if not self._has_complained:
            _log.exception("other replicas are not heard")
        self._has_complained = True

    async def _post(self) -> None:
        now = self._clock.now()
        if not self._has_news and now - self._posted < AGAIN:
            return
        self._has_news = False
        self._forget(self._said)
        left = {thing: round(until - now, 1) for thing, until in self._said.items()}
        try:
            await self._notes.put(f"{TOPIC}:{self._me}", jsons.encode(left), GONE)
        except BaseException:
            self._has_news = True
            raise
        self._posted = now

    def _listen(self, board: Mapping[str, bytes]) -> None:
        now = self._clock.now()
        self._forget(self._heard)
        others = {name: note for name, note in board.items() if name != self._me}
        for name, note in others.items():
            if self._read.get(name) != note:
                self._believe(note, now)
        self._read = others

    def _believe(self, note: bytes, now: float) -> None:
        try:
            told = jsons.decode_object(note)
        except jsons.JsonError:
            return
        for thing, seconds in told.items():
            if isinstance(seconds, int | float) and seconds > 0:
                until = now + min(seconds, LONGEST)
                self._heard[thing] = max(self._heard.get(thing, 0.0), until)
                self.until = max(self.until, until)

    def _forget(self, kept: dict[str, float]) -> None:
        """What has passed."""
        now = self._clock.now()
        for thing in [thing for thing, until in kept.items() if until <= now]:
            del kept[thing]
