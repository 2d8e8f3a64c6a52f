"""Who may have jobs: callers with a virtual key of a team, each those of its own team."""

from __future__ import annotations

from starlette.types import Scope

from proxy.core.errors import Kind, ProxyError
from proxy.gate.caller import Caller, Tariff
from proxy.gate.jobs.trouble import no_team, not_yours
from proxy.web.authentication import caller_of


def payer(scope: Scope) -> tuple[Caller, Tariff]:
    """Who calls, on a route that admits, and what its calls cost.

    Raises:
        ProxyError: UNAUTHENTICATED where no key came; FORBIDDEN where its team is none of the store.
    """
    caller = caller_of(scope)
    if caller.tariff is not None:
        return caller, caller.tariff
    if caller.team:
        raise no_team()
    raise ProxyError(
        Kind.UNAUTHENTICATED,
        "Jobs need a virtual key of a team. Send one as 'Authorization: Bearer <key>'.",
    )


def see_team(caller: Caller, team: str) -> None:
    """See that a team is the caller's own.

    Raises:
        ProxyError: FORBIDDEN.
    """
    if team != caller.team:
        raise not_yours(team)


def id_of(scope: Scope) -> str:
    """The id in the path."""
    found: str = scope["path_params"]["id"]
    return found
