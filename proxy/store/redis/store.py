"""The store in a Redis, for as many machines as like: every verb is one script, so one round trip and one step.

Time is the server's, so replicas whose clocks differ agree. All keys carry one hash tag, so a cluster keeps them on one
node and a script reaches all of them: a cluster makes this store more available, not larger.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from proxy.core import jsons
from proxy.core.clock import Clock, SystemClock
from proxy.store.patience import PATIENCE
from proxy.store.records import (
    MOST,
    Ask,
    Balance,
    By,
    CallRow,
    Conclusion,
    Document,
    Entry,
    Finding,
    Granted,
    Limited,
    Page,
    Settled,
    Settlement,
    Short,
    Sum,
    Table,
)
from proxy.store.redis import audit, calls, ledger, scripts
from proxy.store.redis.address import RedisAddress
from proxy.store.redis.link import Link
from proxy.store.rules import EXPIRED
from proxy.store.store import StoreError
from proxy.store.totals import meant, sum_of, together

VERSION: Final = 1
"""Of the keys and what is in them."""

SWEPT_AT_ONCE: Final = 500
ROWS_AT_ONCE: Final = 1000

_LINE: Final = re.compile(r"[0-9]{1,16}-[0-9]{1,16}", re.ASCII)
_PLACE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class RedisStore:
    """All verbs over one Redis.

    Args:
        address: Where it is.
        clock: Time.
        patience: Seconds that a call waits for it.
    """

    name = "redis"

    def __init__(
        self, address: RedisAddress, clock: Clock | None = None, patience: float = PATIENCE
    ) -> None:
        self._address = address
        self._patience = patience
        self._clock = clock or SystemClock()
        self._link: Link | None = None

    async def open(self) -> None:
        """Connect, and see that the keys are of a version that we know.

        Raises:
            StoreError: it cannot be reached, or belongs to a newer version.
        """
        if self._link is not None:
            return
        link = Link(self._address, self._clock, self._patience)
        try:
            self._know(await link.run(scripts.OPEN, VERSION, is_long=True))
        except BaseException:
            await link.close()
            raise
        self._link = link

    async def close(self) -> None:
        """Let go of it; nothing waits to be written."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def check(self) -> list[str]:
        """What is wrong with it."""
        return await audit.wrong(self._ready(), VERSION)

    async def insert(self, table: Table, document: Document) -> bool:
        """Keep a new one; False where its id or its mark is taken."""
        return bool(await self._ready().run(scripts.INSERT, *_written(table, document)))

    async def get(self, table: Table, id: str) -> Document | None:  # noqa: A002 (the field's own name)
        """By its id."""
        return _found(await self._ready().run(scripts.GET, table.value, "id", id))

    async def marked(self, table: Table, mark: str) -> Document | None:
        """By its mark."""
        return _found(await self._ready().run(scripts.GET, table.value, "mark", mark))

    async def replace(self, table: Table, document: Document) -> bool:
        """Keep a changed one; False where it changed since, or its new mark is taken."""
        arguments = (*_written(table, document), document.version)
        return bool(await self._ready().run(scripts.REPLACE, *arguments))

    async def delete(self, table: Table, id: str) -> bool:  # noqa: A002
        """Whether it was there."""
        return bool(await self._ready().run(scripts.DELETE, table.value, id))

    async def page(
        self, table: Table, *, owner: str = "", cursor: str = "", limit: int = 100
    ) -> Page:
        """Some of them, oldest first."""
        if cursor and not _PLACE.fullmatch(cursor):
            return Page(())
        some, following = await self._ready().run(
            scripts.PAGE, table.value, owner, cursor or "0", limit, is_long=True
        )
        return Page(tuple(map(_read, some)), following.decode())

    async def admit(self, ask: Ask) -> Granted | Limited | Short:
        """Take every want and hold, or nothing."""
        return ledger.asked(ask, await self._ready().run(scripts.ADMIT, *ledger.asking(ask)))

    async def conclude(self, ends: Sequence[Conclusion]) -> list[Settled]:
        """Settle, correct and record."""
        arguments = ledger.concluding(ends, self._address.rows)
        return ledger.concluded(ends, await self._ready().run(scripts.CONCLUDE, *arguments))

    async def settle(self, settlements: Sequence[Settlement]) -> list[Settled]:
        """Settle holds."""
        return await self.conclude([Conclusion(tuple(settlements))])

    async def grant(self, account: str, amount: int, ref: str, note: str = "") -> Balance | None:
        """Add to what an account may spend."""
        told = await self._ready().run(scripts.GRANT, account, amount, ref, note, MOST)
        return Balance(account, *told) if told else None

    async def balance(self, account: str) -> Balance:
        """An account."""
        link = self._ready()
        kept = await link.say("HMGET", link.key("account", account), "granted", "held", "spent")
        return Balance(account, *(int(each or 0) for each in kept))

    async def sweep(self) -> int:
        """Release what nobody settled in time, and forget the places of rows that ended."""
        keep = round(self._address.rows * 1000)
        count: int = await self._ready().run(
            scripts.SWEEP, SWEPT_AT_ONCE, EXPIRED, keep, is_long=True
        )
        return count

    async def entries(
        self, *, account: str = "", cursor: str = "", limit: int = 100
    ) -> list[Entry]:
        """Lines of the ledger, oldest first."""
        if cursor and not _LINE.fullmatch(cursor):
            return []
        told = await self._ready().run(scripts.LINES, account, cursor, "+", limit, is_long=True)
        return [ledger.line(each) for each in told]

    async def sums(self, by: By, finding: Finding) -> list[Sum]:
        """Usage in groups: whole days from their sums, the days that are cut from their rows."""
        first, last = calls.whole_days(finding)
        if finding.job or first >= last:
            return together([sum_of(row, by) async for row in self._each(finding)])
        edges = (
            _between(finding, finding.since, first * calls.DAY),
            _between(finding, last * calls.DAY, finding.until),
        )
        found = [sum_of(row, by) for edge in edges async for row in self._each(edge)]
        link = self._ready()
        days = await link.say("ZRANGEBYSCORE", link.key("days"), first, f"({last}", is_long=True)
        for day in days:
            told = await link.say("HGETALL", link.key("day", day.decode()), is_long=True)
            found += calls.of_day(told.items(), by, finding)
        return together(found)

    async def rows(self, finding: Finding, *, cursor: str = "", limit: int = 1000) -> list[CallRow]:
        """Calls, oldest first, as long as they are kept."""
        found = []
        async for row in self._each(finding, cursor, limit):
            found.append(row)
            if len(found) == limit:
                break
        return found

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """Keep for so long."""
        await self._ready().run(scripts.PUT, key, value, _milliseconds(seconds))

    async def claim(self, key: str, value: bytes, seconds: float) -> bytes | None:
        """Keep unless there is one already."""
        there: bytes | None = await self._ready().run(
            scripts.CLAIM, key, value, _milliseconds(seconds)
        )
        return there

    async def note(self, key: str) -> bytes | None:
        """What is there and has not ended."""
        link = self._ready()
        there: bytes | None = await link.say("GET", link.key("note", key))
        return there

    async def drop(self, key: str) -> bool:
        """Whether it was there."""
        return bool(await self._ready().run(scripts.DROP, key))

    async def board(self, topic: str) -> Mapping[str, bytes]:
        """Every note of a topic."""
        told = iter(await self._ready().run(scripts.BOARD, topic))
        return {rest.decode(): value for rest, value in zip(told, told, strict=True)}

    async def _each(
        self, finding: Finding, cursor: str = "", limit: int = ROWS_AT_ONCE
    ) -> AsyncIterator[CallRow]:
        """Every row that is meant, fetched in parts."""
        link, part = self._ready(), min(limit, ROWS_AT_ONCE)
        which, whose = calls.way(finding)
        since, until = repr(float(finding.since)), repr(float(finding.until))
        is_last = finding.since >= finding.until
        while not is_last:
            told, is_last = await link.run(
                scripts.ROWS, which, whose, since, until, cursor, part, is_long=True
            )
            pairs = iter(told)
            for name, body in zip(pairs, pairs, strict=True):
                cursor = name
                if body and meant(row := calls.row(body), finding):
                    yield row

    def _know(self, version: int) -> None:
        if version > VERSION:
            raise StoreError(
                f"the keys of {self._address} are of version {version}, and this Firstbyte knows {VERSION}: "
                "use the newer Firstbyte"
            )

    def _ready(self) -> Link:
        if self._link is None:
            raise StoreError(f"the store {self._address} is not open")
        return self._link


def _between(finding: Finding, since: float, until: float) -> Finding:
    return Finding(since, until, finding.team, finding.key)


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))


def _written(table: Table, document: Document) -> tuple[str | bytes, ...]:
    data = jsons.encode(document.data)
    return table.value, document.id, data, document.owner, document.mark


def _found(told: list[Any]) -> Document | None:
    return _read(told) if told else None


def _read(told: list[Any]) -> Document:
    name, data, owner, mark, version = told
    return Document(name.decode(), jsons.decode(data), owner.decode(), mark.decode(), int(version))
