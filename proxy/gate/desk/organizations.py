"""Organisations, as operators ask for them."""

from __future__ import annotations

from proxy.core.shape import Json
from proxy.gate.desk import shown
from proxy.gate.desk.asked import Asked, taken
from proxy.gate.desk.forms import organization_of
from proxy.gate.registry import Registry


class Organizations:
    """Verbs. Each answers with what is shown, and may raise `StoreError`.

    Args:
        registry: All tenants.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def create(self, asked: Asked) -> Json:
        """Make one.

        Raises:
            ProxyError: INVALID_REQUEST for its fields; CONFLICT where its id is taken.
        """
        wanted = organization_of(asked.body)
        made = await self._registry.add_organization(wanted)
        if made is None:
            raise taken("organization", wanted.id)
        return shown.organization(made)

    async def list(self, asked: Asked) -> Json:
        """Some of them, oldest first.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("limit", "cursor")
        some = await self._registry.organizations(asked.cursor, asked.limit)
        return shown.listed(map(shown.organization, some.items), some.cursor)
