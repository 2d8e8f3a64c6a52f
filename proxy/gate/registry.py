"""Makes, changes and takes away organisations, teams and keys, and gives teams credits: the verbs behind every admin.

Invariant: a key is in what `issue` gives back and nowhere else; a change is made to what is there now, or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from proxy.core.clock import Clock
from proxy.core.secret import Secret
from proxy.gate.credits import account_of
from proxy.gate.tenants import (
    Key,
    Organization,
    Status,
    Team,
    key_document,
    organization_document,
    read_key,
    read_organization,
    read_team,
    team_document,
)
from proxy.gate.virtual_key import digest, new_key
from proxy.store.records import Balance, Document, Table
from proxy.store.store import Store

TRIES: Final = 16
"""Times that a change is made again because somebody else changed the same thing meanwhile."""

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Listed(Generic[Kept]):
    """Some of a list, oldest first."""

    items: tuple[Kept, ...]
    cursor: str = ""
    """What to ask for the next; empty at the end."""


class ContestedError(Exception):
    """Others changed the same thing again and again while we tried."""


class Registry:
    """All tenants of a store. Every verb may raise `StoreError`.

    Args:
        store: Where they are kept.
        clock: Dates what is made.
        changed: Told after every change, so that what is known of keys in this process is learned anew.
    """

    def __init__(
        self, store: Store, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._store = store
        self._clock = clock
        self._changed = changed

    async def add_organization(self, organization: Organization) -> Organization | None:
        """Keep a new one; None where its id is taken."""
        made = replace(organization, created_at=self._clock.wall())
        added = await self._store.insert(Table.ORGANIZATIONS, organization_document(made))
        return made if added else None

    async def organization(self, id: str) -> Organization | None:  # noqa: A002 (the field's own name)
        """By its id."""
        document = await self._store.get(Table.ORGANIZATIONS, id)
        return None if document is None else read_organization(document)

    async def organizations(self, cursor: str = "", limit: int = 100) -> Listed[Organization]:
        """Some of them."""
        page = await self._store.page(Table.ORGANIZATIONS, cursor=cursor, limit=limit)
        return Listed(tuple(map(read_organization, page.documents)), page.cursor)

    async def add_team(self, team: Team) -> Team | None:
        """Keep a new one; None where its id is taken."""
        made = replace(team, created_at=self._clock.wall())
        added = await self._store.insert(Table.TEAMS, team_document(made))
        self._changed()
        return made if added else None

    async def team(self, id: str) -> Team | None:  # noqa: A002
        """By its id."""
        document = await self._store.get(Table.TEAMS, id)
        return None if document is None else read_team(document)

    async def teams(
        self, organization: str = "", cursor: str = "", limit: int = 100
    ) -> Listed[Team]:
        """Some of them; of one organisation where that is given."""
        page = await self._store.page(Table.TEAMS, owner=organization, cursor=cursor, limit=limit)
        return Listed(tuple(map(read_team, page.documents)), page.cursor)

    async def change_team(self, id: str, change: Callable[[Team], Team]) -> Team | None:  # noqa: A002
        """Change what is there now; None where nothing is.

        Args:
            id: The team's.
            change: Gives the team as it should be. It may be called again, and must keep the id.

        Raises:
            ContestedError: others were always quicker.
        """

        async def step(_: int) -> Team | None:
            before = await self.team(id)
            return None if before is None else change(before)

        return await self._change(Table.TEAMS, step, team_document)

    async def delete_team(self, id: str) -> bool:  # noqa: A002
        """Take away a team and its keys; whether it was there. What it spent stays in the ledger."""
        cursor = ""
        while True:
            page = await self._store.page(Table.KEYS, owner=id, cursor=cursor)
            for document in page.documents:
                await self._store.delete(Table.KEYS, document.id)
            cursor = page.cursor
            if not cursor:
                break
        was_there = await self._store.delete(Table.TEAMS, id)
        self._changed()
        return was_there

    async def issue(self, key: Key) -> tuple[Key, Secret]:
        """Make a key.

        Args:
            key: What it may; its id, mark, hint and time are given here.

        Returns:
            The record, and the key itself: this once.
        """
        secret = new_key()
        made = replace(
            key,
            id=f"key_{secrets.token_hex(8)}",
            mark=digest(secret.reveal().encode()),
            hint=secret.hint,
            status=Status.ACTIVE,
            created_at=self._clock.wall(),
        )
        if not await self._store.insert(Table.KEYS, key_document(made)):
            # 64 random bits were taken: so rare that another draw is all there is to do.
            return await self.issue(key)
        self._changed()
        return made, secret

    async def key(self, id: str) -> Key | None:  # noqa: A002
        """By its id."""
        document = await self._store.get(Table.KEYS, id)
        return None if document is None else read_key(document)

    async def keys(self, team: str = "", cursor: str = "", limit: int = 100) -> Listed[Key]:
        """Some of them; of one team where that is given."""
        page = await self._store.page(Table.KEYS, owner=team, cursor=cursor, limit=limit)
        return Listed(tuple(map(read_key, page.documents)), page.cursor)

    async def change_key(self, id: str, change: Callable[[Key], Key]) -> Key | None:  # noqa: A002
        """Change what is there now; None where nothing is.

        Args:
            id: The key's.
            change: Gives the key as it should be. It may be called again, and must keep id, team and mark.

        Raises:
            ContestedError: others were always quicker.
        """

        async def step(_: int) -> Key | None:
            before = await self.key(id)
            return None if before is None else change(before)

        return await self._change(Table.KEYS, step, key_document)

    async def revoke(self, id: str) -> Key | None:  # noqa: A002
        """From now on nobody knows the key; in other processes within a minute. Its record stays."""
        return await self.change_key(id, lambda key: replace(key, status=Status.REVOKED))

    async def grant(self, team: str, amount: int, ref: str, note: str = "") -> Balance | None:
        """Give a team credits, or (below 0) take them away; once for each `ref`.

        Returns:
            The balance; None where what is held and spent would exceed it.
        """
        return await self._store.grant(account_of(team), amount, ref, note)

    async def credits(self, team: str) -> Balance:
        """What a team has left."""
        return await self._store.balance(account_of(team))

    async def _change(
        self,
        table: Table,
        step: Callable[[int], Awaitable[Kept | None]],
        document: Callable[[Kept], Document],
    ) -> Kept | None:
        for each in range(TRIES):
            after = await step(each)
            if after is None:
                return None
            if await self._store.replace(table, document(after)):
                self._changed()
                return after
        raise ContestedError(f"{table.value}: somebody else keeps changing the same one; try again")
