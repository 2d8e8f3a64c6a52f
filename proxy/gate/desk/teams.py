"""Teams and their credits, as operators ask for them."""

from __future__ import annotations

import asyncio

from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.gate.desk import shown
from proxy.gate.desk.asked import Asked, not_there, taken
from proxy.gate.desk.forms import changed, gift_of, team_change, team_of
from proxy.gate.registry import Registry
from proxy.gate.tenants import Team


class Teams:
    """Verbs. Each answers with what is shown, and may raise `StoreError`.

    Args:
        registry: All tenants.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def create(self, asked: Asked) -> Json:
        """Make one.

        Raises:
            ProxyError: INVALID_REQUEST for its fields; MISSING where its organisation is not there; CONFLICT where its
                id is taken.
        """
        wanted = team_of(asked.body)
        await self._see_organization(wanted.organization)
        made = await self._registry.add_team(wanted)
        if made is None:
            raise taken("team", wanted.id)
        return await self._shown(made)

    async def list(self, asked: Asked) -> Json:
        """Some of them, oldest first; of one organisation, where the query names it.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("organization_id", "limit", "cursor")
        owner = asked.query.get("organization_id", "")
        some = await self._registry.teams(owner, asked.cursor, asked.limit)
        return shown.listed(await asyncio.gather(*map(self._shown, some.items)), some.cursor)

    async def show(self, asked: Asked) -> Json:
        """One.

        Raises:
            ProxyError: MISSING.
        """
        found = await self._registry.team(asked.id)
        if found is None:
            raise not_there("team", asked.id)
        return await self._shown(found)

    async def update(self, asked: Asked) -> Json:
        """Change one.

        Raises:
            ProxyError: INVALID_REQUEST for its fields; MISSING.
        """
        values = team_change(asked.body)
        await self._see_organization(values.get("organization", ""))
        after = await self._registry.change_team(asked.id, changed(values))
        if after is None:
            raise not_there("team", asked.id)
        return await self._shown(after)

    async def delete(self, asked: Asked) -> Json:
        """Take one away, and its keys.

        Raises:
            ProxyError: MISSING.
        """
        if not await self._registry.delete_team(asked.id):
            raise not_there("team", asked.id)
        return {"id": asked.id, "object": "team", "deleted": True}

    async def give(self, asked: Asked) -> Json:
        """Give it credits, or take them away; with the same `id` again nothing more.

        Raises:
            ProxyError: INVALID_REQUEST for the fields; MISSING; CONFLICT where more is taken away than is left.
        """
        gift = gift_of(asked.body)
        if await self._registry.team(asked.id) is None:
            raise not_there("team", asked.id)
        balance = await self._registry.grant(asked.id, gift.amount, gift.ref, gift.note)
        if balance is None:
            left = (await self._registry.credits(asked.id)).remaining
            raise ProxyError(
                Kind.CONFLICT,
                f"The team has {left} credits left; {-gift.amount} cannot be taken away.",
                param="amount",
                code="insufficient_credits",
            )
        return {
            "id": gift.ref,
            "object": "credits",
            "team_id": asked.id,
            "amount": gift.amount,
            "note": gift.note,
            "credits": shown.credit(balance),
        }

    async def _shown(self, team: Team) -> Json:
        return shown.team(team, await self._registry.credits(team.id))

    async def _see_organization(self, name: str) -> None:
        if name and await self._registry.organization(name) is None:
            raise not_there("organization", name, "organization_id")
