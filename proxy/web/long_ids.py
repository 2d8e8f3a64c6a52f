"""Ids of tool calls that callers could not hold: shortened as an answer goes out, put back as a body comes in.

Invariant: a tenant's note is found by nobody else; a store that is away makes ids poorer and fails no call; bodies and
answers without packed ids cost a search for the marker, and no question to the store.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from urllib.parse import quote

from proxy.core.long_ids import lengthened, named_in, shortened
from proxy.core.state import is_packed
from proxy.store.store import Notes, StoreError

KEEP_FOR: Final = 86_400.0
"""Seconds; tools answer sooner."""
MOST: Final = 128
"""Ids of one body that are looked up, and of one answer that are kept: those that come last."""

_log: Final = logging.getLogger(__name__)


class LongIds:
    """The notes that stand for ids.

    Args:
        notes: Where they are.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def back(self, tenant: str, body: bytes) -> bytes:
        """A body with its ids as they were; the very bytes where it has none of ours."""
        names = named_in(body)[-MOST:]
        if not names:
            return body
        notes = await asyncio.gather(*(self._find(tenant, name) for name in names))
        found = {name: note for name, note in zip(names, notes, strict=True) if note is not None}
        return lengthened(body, found)

    async def keep(self, tenant: str, taken: dict[str, bytes]) -> None:
        """Keep what was taken out of an answer."""
        last = list(taken.items())[-MOST:]
        await asyncio.gather(*(self._put(tenant, name, state) for name, state in last))

    async def _find(self, tenant: str, name: str) -> bytes | None:
        try:
            return await self._notes.note(_key(tenant, name))
        except StoreError as error:
            _log.warning("the state of a tool call cannot be had: %s", error)
            return None

    async def _put(self, tenant: str, name: str, state: bytes) -> None:
        try:
            await self._notes.put(_key(tenant, name), state, KEEP_FOR)
        except StoreError as error:
            _log.warning("the state of a tool call is not kept: %s", error)


class Shortener:
    """What one answer says, with short ids."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: dict[str, bytes] = {}
        """What stood in the long ones, by name."""

    def __call__(self, data: bytes) -> bytes:
        """The next of it; no id is cut in two."""
        # Nearly all of what goes out has no marker; this is asked of every piece.
        if not is_packed(data):
            return data
        data, taken = shortened(data)
        self.taken.update(taken)
        return data


def _key(tenant: str, name: str) -> str:
    return f"state:{quote(tenant, safe='')}:{name}"
