"""The store's notes as a call meets them: within a bounded time, and not at all where the store keeps failing.

Invariant: every verb answers or raises `StoreError` within the link's patience.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.gate.link import Link


class LinkedNotes:
    """Implements `Notes`.

    Args:
        link: The way to the store.
    """

    def __init__(self, link: Link) -> None:
        self._link = link

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        """As `Notes.put`."""
        await self._link.ask(lambda store: store.put(key, value, seconds))

    async def claim(self, key: str, value: bytes, seconds: float) -> bytes | None:
        """As `Notes.claim`."""
        return await self._link.ask(lambda store: store.claim(key, value, seconds))

    async def note(self, key: str) -> bytes | None:
        """As `Notes.note`."""
        return await self._link.ask(lambda store: store.note(key))

    async def drop(self, key: str) -> bool:
        """As `Notes.drop`."""
        return await self._link.ask(lambda store: store.drop(key))

    async def board(self, topic: str) -> Mapping[str, bytes]:
        """As `Notes.board`."""
        return await self._link.ask(lambda store: store.board(topic))
