"""Everything that can be asked at the desk, as one table, which the admin API serves and the command line walks.

Invariant: whoever asks, over HTTP or on the command line, gets the same answer from the same verb.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from proxy.core.clock import Clock
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Json
from proxy.gate.desk.asked import Asked
from proxy.gate.desk.books import Books
from proxy.gate.desk.keeping import Keeping
from proxy.gate.desk.keys import Keys
from proxy.gate.desk.organizations import Organizations
from proxy.gate.desk.teams import Teams
from proxy.gate.registry import ContestedError, Registry
from proxy.store.store import Store, StoreError

Verb: TypeAlias = Callable[[Asked], Awaitable[Json]]

RETRY_AFTER: Final = 2.0
"""Seconds that an operator is told to wait while the store is away."""

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that can be asked."""

    method: str
    path: str
    """With `{id}` where an id stands."""
    verb: Verb

    def match(self, method: str, path: str) -> str | None:
        """The id that a path has here, empty where it needs none; None where it is another place."""
        mine, theirs = self.path.split("/"), path.split("/")
        if method != self.method or len(mine) != len(theirs):
            return None
        found = ""
        for own, other in zip(mine, theirs, strict=True):
            if own == "{id}":
                found = other
            elif own != other:
                return None
        return found


class Desk:
    """All places.

    Args:
        registry: All tenants.
        store: Where everything is kept.
        clock: Time.
    """

    def __init__(self, registry: Registry, store: Store, clock: Clock) -> None:
        organizations, teams = Organizations(registry), Teams(registry)
        keys, books, keeping = Keys(registry, clock), Books(store), Keeping(store)
        self.places: Final = (
            Place("POST", "/admin/organizations", organizations.create),
            Place("GET", "/admin/organizations", organizations.list),
            Place("POST", "/admin/teams", teams.create),
            Place("GET", "/admin/teams", teams.list),
            Place("GET", "/admin/teams/{id}", teams.show),
            Place("PATCH", "/admin/teams/{id}", teams.update),
            Place("DELETE", "/admin/teams/{id}", teams.delete),
            Place("POST", "/admin/teams/{id}/credits", teams.give),
            Place("POST", "/admin/keys", keys.create),
            Place("GET", "/admin/keys", keys.list),
            Place("GET", "/admin/keys/{id}", keys.show),
            Place("PATCH", "/admin/keys/{id}", keys.update),
            Place("DELETE", "/admin/keys/{id}", keys.revoke),
            Place("GET", "/admin/usage", books.usage),
            Place("GET", "/admin/ledger", books.ledger),
            Place("GET", "/admin/calls", books.calls),
            Place("GET", "/admin/store", keeping.check),
            Place("POST", "/admin/store/sweep", keeping.sweep),
        )

    async def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
    ) -> Json:
        """Ask as over HTTP.

        Args:
            method: As in the table.
            path: With an id in place.
            query: Parameters.
            body: Of a POST or a PATCH.

        Raises:
            ProxyError: as `answered`.
            LookupError: nothing like this can be asked.
        """
        for place in self.places:
            found = place.match(method, path)
            if found is not None:
                return await answered(place.verb, Asked(found, query or {}, body or {}))
        raise LookupError(f"{method} {path}")


async def answered(verb: Verb, asked: Asked) -> Json:
    """What a verb answers.

    Raises:
        ProxyError: its own; CONFLICT where somebody else keeps changing the same; SATURATED where the store is away.
    """
    try:
        return await verb(asked)
    except ContestedError as error:
        raise ProxyError(Kind.CONFLICT, f"{error}.", code="contested") from error
    except StoreError as error:
        _log.warning("the desk cannot be served: %s", error)
        # Some end in a server's own sentence, or in a question.
        said = f"The store does not answer: {error}"
        message = said if said.endswith((".", "?")) else f"{said}."
        raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER) from error
