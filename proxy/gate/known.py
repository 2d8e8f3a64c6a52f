"""The keys that this process knows: learned from the store when they first come, and again before they are stale.

A key that is known serves for a minute, so that a revoked one is refused everywhere within that time; shortly before,
it is learned anew while it still serves. Where the store does not answer, it serves for five minutes. A value that
nobody knows, a revoked key and one whose team is gone are the same: nothing, for a moment.

Invariant: values that nobody knows reach the store at most `MISSES` times a second, whatever is sent; memory is bounded.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.gate.caller import Caller, caller_with
from proxy.gate.link import Link
from proxy.gate.tenants import Status, read_key, read_team
from proxy.store.records import Table
from proxy.store.store import Store, StoreError

FRESH: Final = 60.0
"""Seconds for which a key serves without being looked at again."""
EARLY: Final = 40.0
"""Seconds after which it is looked at aside."""
LASTING: Final = 300.0
"""Seconds for which it serves while the store is away."""
NOTHING: Final = 10.0
"""Seconds for which nobody asks again for a value that is no key."""
MOST_KNOWN: Final = 50_000
MOST_NOTHINGS: Final = 10_000
MISSES: Final = 100.0
"""Look-ups a second, on the long run."""
BURST: Final = 500.0
"""Look-ups at once: the keys of a whole house after a start."""
RETRY_AFTER: Final = 1.0
"""Seconds that a caller is told to wait whose key cannot be looked up now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a key opens."""

    caller: Caller
    learned: float
    """Loop time, seconds."""
    expires_at: float | None = None
    """Seconds since 1970."""
    is_suspended: bool = False
    """Its team is."""


class Known:
    """The keys of one process.

    Args:
        link: The way to the store.
        clock: Time.
    """

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._known: dict[str, Standing] = {}
        self._nothings: dict[str, float] = {}
        self._asking: dict[str, asyncio.Future[Standing | None]] = {}
        self._misses = BURST
        self._counted = 0.0
        self._era = 0

    def clear(self) -> None:
        """Learn everything anew: somebody changed a key or a team."""
        self._era += 1
        self._known.clear()
        self._nothings.clear()

    def find(self, mark: str) -> tuple[Standing | None, bool]:
        """What is known of a digest, at once.

        Returns:
            What it opens, if anything; and whether that may be relied on. If not, `learn` it.
        """
        now = self._clock.now()
        standing = self._known.get(mark)
        if standing is None:
            return None, self._nothings.get(mark, 0.0) > now
        age = now - standing.learned
        if age < EARLY:
            return standing, True
        if mark not in self._asking:
            self._begin(mark)
        # While the store is away nobody need wait to hear so again.
        return standing, age < (LASTING if self._link.is_down else FRESH)

    async def learn(self, mark: str) -> Standing | None:
        """What the store knows of a digest; None where it opens nothing.

        Raises:
            ProxyError: SATURATED, where the store does not answer and the key is not known well enough, or where too
                many values come that nobody knows.
        """
        asking = self._asking.get(mark)
        if asking is None:
            if mark not in self._known:
                self._count()
            asking = self._begin(mark)
        try:
            # Whoever waits may leave; the answer is the others' too.
            return await asyncio.shield(asking)
        except StoreError as error:
            standing = self._known.get(mark)
            if standing is not None and self._clock.now() - standing.learned < LASTING:
                return standing
            message = "Keys cannot be looked up at the moment. Try again in a moment."
            raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER) from error

    async def close(self) -> None:
        """Let nothing be asked any more."""
        for asking in list(self._asking.values()):
            asking.cancel()
        if self._asking:
            await asyncio.wait(self._asking.values())

    def _begin(self, mark: str) -> asyncio.Future[Standing | None]:
        asking = asyncio.ensure_future(self._learn(mark, self._era))
        self._asking[mark] = asking
        asking.add_done_callback(lambda done: self._asked(mark, done))
        return asking

    def _asked(self, mark: str, done: asyncio.Future[Standing | None]) -> None:
        self._asking.pop(mark, None)
        if not done.cancelled():
            # Nobody may be waiting for one that was asked for ahead of time.
            done.exception()

    async def _learn(self, mark: str, era: int) -> Standing | None:
        standing = await self._link.ask(lambda store: _read(store, mark, self._clock.now()))
        if era != self._era:
            # What was read may be older than the change that was just made.
            return await self._learn(mark, self._era)
        if standing is None:
            self._known.pop(mark, None)
            _bound(self._nothings, MOST_NOTHINGS)
            self._nothings[mark] = self._clock.now() + NOTHING
        else:
            if mark not in self._known:
                _bound(self._known, MOST_KNOWN)
            self._known[mark] = standing
        return standing

    def _count(self) -> None:
        """One value more that is not known here.

        Raises:
            ProxyError: SATURATED, where there are too many.
        """
        now = self._clock.now()
        self._misses = min(BURST, self._misses + (now - self._counted) * MISSES)
        self._counted = now
        if self._misses < 1.0:
            message = "Too many unknown keys come at once. Try again in a moment."
            raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER)
        self._misses -= 1.0


async def _read(store: Store, mark: str, now: float) -> Standing | None:
    found = await store.marked(Table.KEYS, mark)
    if found is None:
        return None
    key = read_key(found)
    if key.status is not Status.ACTIVE:
        return None
    owner = await store.get(Table.TEAMS, key.team)
    if owner is None:
        return None
    team = read_team(owner)
    suspended = team.status is not Status.ACTIVE
    return Standing(caller_with(key, team), now, key.expires_at, suspended)


def _bound(kept: dict[str, Standing] | dict[str, float], most: int) -> None:
    """Make room for one more: what has been there longest goes."""
    if len(kept) >= most:
        del kept[next(iter(kept))]
