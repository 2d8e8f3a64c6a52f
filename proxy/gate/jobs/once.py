"""`Idempotency-Key`: what was asked once under a key is done once, by whichever process, and answered again the same.

While a call is under way its key is claimed for a short time, and again and again, so that a process that dies leaves
it free within a minute. Whoever comes meanwhile with the same body waits for its answer; with another body, or with a
key that was used for another, is refused. What ended badly frees its key: nothing was charged, so it may be tried again. Where a
caller left an answer that was being charged, the key stays used, so that nobody is charged twice under one. Where the
store is away as it ends, the store is told as soon as it is back: a claim that ran out would let the caller be charged again.

Invariant: of calls with one key and one body at most one is under way at any time; a team's keys are its own.
Source: draft-ietf-httpapi-idempotency-key-header-07, sections 2.2 to 2.7 (read 2026-11-21).
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum, auto, unique
from hashlib import sha256
from typing import Any, Final, Self, TypeAlias
from urllib.parse import quote

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Headers
from proxy.gate.jobs.trouble import named
from proxy.store.store import Notes, StoreError
from proxy.surfaces.complaint import wrong_value

KEPT: Final = 24 * 3600.0
"""Seconds that an answer is kept."""
CLAIMED: Final = 60.0
"""Seconds that a claim lasts without being made again."""
RENEWED: Final = 20.0
"""Seconds after which it is made again."""
WAIT: Final = 60.0
"""Seconds that somebody waits for another's answer."""
FIRST_LOOK: Final = 0.02
LONGEST_LOOK: Final = 0.5
"""Seconds between two looks whether it is there."""
AGAIN: Final = 1.0
"""Seconds after which a store that is away is told again how it ended: the caller may try again as soon as it is back."""
MOST_ANSWER: Final = 1024 * 1024
"""Bytes of an answer that is kept; of a longer one is kept that it was given."""
MOST_KEY: Final = 255
"""Characters of a key."""

Keep: TypeAlias = Callable[[Coroutine[Any, Any, None]], object]
"""Has something go on when whoever began it has left."""


@unique
class Result(Enum):
    """How what was asked under a key ended."""

    WHOLE = auto()
    """Well, and the answer may be given again."""
    FAILED = auto()
    """Badly: nothing was charged, and it may be tried again."""
    LOST = auto()
    """It was charged, or may have been, and there is no whole answer to give again: the caller left, or was cut off by force."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that was given."""

    headers: Headers
    body: bytes = field(repr=False)


class Claim:
    """The right to do it. As a block: in it the claim holds; it ends with the answer, or frees the key.

    Args:
        notes: Where it is kept.
        clock: Time.
        keep: Where goes on what the store is to be told later.
        name: Of the note.
        mark: Of what was asked.
        until: How long it holds at least.
    """

    def __init__(
        self, notes: Notes, clock: Clock, keep: Keep, name: str, mark: str, until: float
    ) -> None:
        self._notes = notes
        self._clock = clock
        self._keep = keep
        self._name = name
        self._mark = mark
        self._until = until
        self._renewing: asyncio.Task[None] | None = None
        self.result = Result.FAILED
        """How it ended; set in the block."""
        self.told: Told | None = None
        """The answer, if it is whole."""

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.ensure_future(self._renew())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._renewing is not None, "a block that ends has begun"
        self._renewing.cancel()
        await asyncio.wait({self._renewing})
        is_failed, now = self.result is Result.FAILED, self._clock.now()
        # A claim that was not renewed has ended by then, and what is dropped later could be another's.
        until = self._until if is_failed else now + KEPT
        if now < until and not await self._tell():
            self._keep(self._insist(until))

    async def _tell(self) -> bool:
        """Tell the store how it ended; whether it has heard."""
        try:
            if self.result is Result.FAILED:
                await self._notes.drop(self._name)
            else:
                await self._notes.put(self._name, _written(self._mark, self.told), KEPT)
        except StoreError:
            return False
        return True

    async def _insist(self, until: float) -> None:
        while self._clock.now() + AGAIN < until:
            await self._clock.sleep(AGAIN)
            if await self._tell():
                return

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(RENEWED)
            until = self._clock.now() + CLAIMED
            try:
                await self._notes.put(self._name, _claimed(self._mark), CLAIMED)
            except StoreError:
                continue
            self._until = until


class Once:
    """All keys.

    Args:
        notes: Where they are kept.
        clock: Time.
        keep: Where goes on what the store is to be told later.
    """

    def __init__(self, notes: Notes, clock: Clock, keep: Keep) -> None:
        self._notes = notes
        self._clock = clock
        self._keep = keep

    async def begin(self, team: str, key: str, asked: bytes) -> Claim | Told:
        """Claim a key, or get what was answered to it; waits while somebody else is at it.

        Args:
            team: Whose key it is.
            key: As the caller sent it.
            asked: What is asked, where and how.

        Raises:
            ProxyError: INVALID_REQUEST for a key that is none; CONFLICT where it was used for something else, where its
                answer was too long to keep or was lost, or where it is not there after a while; SATURATED where the store is away.
        """
        if not (0 < len(key) <= MOST_KEY and key.isascii() and key.isprintable()):
            said = f"expected 1 to {MOST_KEY} printable ASCII characters."
            raise wrong_value("Idempotency-Key", said)
        name = f"once:{quote(team, safe='')}:{sha256(key.encode()).hexdigest()}"
        mark = sha256(asked).hexdigest()
        by, pause = self._clock.now() + WAIT, FIRST_LOOK
        while True:
            until = self._clock.now() + CLAIMED
            with named():
                found = await self._notes.claim(name, _claimed(mark), CLAIMED)
            if found is None:
                return Claim(self._notes, self._clock, self._keep, name, mark, until)
            told = _read(found, mark)
            if told is not None:
                return told
            if self._clock.now() >= by:
                raise _refused("idempotency_in_progress", "is being worked at", RENEWED)
            await self._clock.sleep(pause)
            pause = min(LONGEST_LOOK, 2 * pause)


def _claimed(mark: str) -> bytes:
    return jsons.encode({"mark": mark})


def _written(mark: str, told: Told | None) -> bytes:
    if told is None:
        return jsons.encode({"mark": mark, "lost": True})
    if len(told.body) > MOST_ANSWER:
        return jsons.encode({"mark": mark, "long": True})
    body = base64.b64encode(told.body).decode()
    return jsons.encode({"mark": mark, "headers": told.headers, "body": body})


def _read(note: bytes, mark: str) -> Told | None:
    """The answer; None where it is not there yet.

    Raises:
        ProxyError: CONFLICT.
    """
    said = jsons.decode_object(note)
    if said["mark"] != mark:
        raise _refused("idempotency_key_reused", "was used for another request")
    if said.get("long"):
        raise _refused("idempotency_answer_too_long", "was answered with more than can be repeated")
    if said.get("lost"):
        raise _refused("idempotency_answer_lost", "was answered to a caller who left meanwhile")
    if "body" not in said:
        return None
    headers = tuple((str(name), str(value)) for name, value in said["headers"])
    return Told(headers, base64.b64decode(said["body"]))


def _refused(code: str, why: str, retry_after: float | None = None) -> ProxyError:
    message = f"This Idempotency-Key {why}."
    return ProxyError(
        Kind.CONFLICT, message, param="Idempotency-Key", code=code, retry_after=retry_after
    )
