"""Virtual keys, as operators ask for them.

Invariant: a key is shown in the answer that makes it and in no other; when it is made or changed, it may do nothing that
its team may not.
"""

from __future__ import annotations

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.gate.desk import shown
from proxy.gate.desk.asked import Asked, not_there
from proxy.gate.desk.forms import changed, key_change, key_of
from proxy.gate.registry import Registry
from proxy.gate.tenants import Key, Status, Team
from proxy.surfaces.complaint import wrong_value


class Keys:
    """Verbs. Each answers with what is shown, and may raise `StoreError`.

    Args:
        registry: All tenants.
        clock: Tells which moments have passed.
    """

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    async def create(self, asked: Asked) -> Json:
        """Make one; the key is in the answer, this once.

        Raises:
            ProxyError: INVALID_REQUEST for its fields, and where it would have more than its team; MISSING where its
                team is not there.
        """
        wanted = key_of(asked.body)
        await self._see(wanted)
        made, secret = await self._registry.issue(wanted)
        return {**shown.key(made), "key": secret.reveal()}

    async def list(self, asked: Asked) -> Json:
        """Some of them, oldest first; of one team, where the query names it.

        Raises:
            ProxyError: INVALID_REQUEST for the query.
        """
        asked.only("team_id", "limit", "cursor")
        team = asked.query.get("team_id", "")
        some = await self._registry.keys(team, asked.cursor, asked.limit)
        return shown.listed(map(shown.key, some.items), some.cursor)

    async def show(self, asked: Asked) -> Json:
        """One.

        Raises:
            ProxyError: MISSING.
        """
        return shown.key(await self._found(asked.id))

    async def update(self, asked: Asked) -> Json:
        """Change one.

        Raises:
            ProxyError: INVALID_REQUEST for its fields, and where it would have more than its team; MISSING; CONFLICT
                where it is revoked, which is for good.
        """
        values = key_change(asked.body)
        before = await self._found(asked.id)
        if before.status is Status.REVOKED:
            message = "This key is revoked, and stays so. Make a new one."
            raise ProxyError(Kind.CONFLICT, message, param="id", code="key_revoked")
        await self._see(changed(values)(before), expiry="expires_at" in values)
        after = await self._registry.change_key(asked.id, changed(values))
        if after is None:
            raise not_there("key", asked.id)
        return shown.key(after)

    async def revoke(self, asked: Asked) -> Json:
        """Let it open nothing any more; elsewhere within a minute. Its record stays.

        Raises:
            ProxyError: MISSING.
        """
        after = await self._registry.revoke(asked.id)
        if after is None:
            raise not_there("key", asked.id)
        return shown.key(after)

    async def _found(self, name: str) -> Key:
        found = await self._registry.key(name)
        if found is None:
            raise not_there("key", name)
        return found

    async def _see(self, key: Key, *, expiry: bool = True) -> None:
        """See that a key may be as it is.

        Args:
            key: As it is to be.
            expiry: Whether its end was given just now, and so must lie ahead.
        """
        team = await self._registry.team(key.team)
        if team is None:
            raise not_there("team", key.team, "team_id")
        if expiry and key.expires_at is not None and key.expires_at <= self._clock.wall():
            raise wrong_value("expires_at", "expected a moment that has not passed.")
        within(key, team)


def within(key: Key, team: Team) -> None:
    """See that a key has nothing that its team does not have.

    Raises:
        ProxyError: INVALID_REQUEST, for what it has too much of.
    """
    if team.allowed_models:
        for place, name in enumerate(key.allowed_models):
            if name not in team.allowed_models:
                said = f"team '{team.id}' may not use '{name}', so a key of it may not either."
                raise wrong_value(f"allowed_models[{place}]", said)
    mine, whole = key.allowance, team.allowance
    bounds = [("rpm", mine.rpm, whole.rpm), ("tpm", mine.tpm, whole.tpm)]
    if mine.budget_period is whole.budget_period:
        bounds.append(("budget_usd", mine.budget_micros, whole.budget_micros))
    for name, own, most in bounds:
        if own is not None and most is not None and own > most:
            said = f"a key may have no more than its team, and '{team.id}' has less."
            raise wrong_value(name, said)
