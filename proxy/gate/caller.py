"""Who calls, and what follows from it: made once for each key, and shared by all its calls.

Invariant: a virtual key never becomes a `Caller.credential`, so it cannot travel to a provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from proxy.config.schema import StaticKey
from proxy.core.secret import Secret
from proxy.gate.tenants import Allowance, Key, Mode, Team

UNBOUND: Final = Allowance()
"""No bound at all."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """What calls of a team cost in credits."""

    mode: Mode
    credits_per_dollar: int
    tokens_per_credit: int


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and what follows from it."""

    team: str = ""
    """Empty where no key told it."""
    allowed_models: frozenset[str] | None = None
    """Aliases and targets by name; None: every one."""
    credential: Secret | None = None
    """The caller's own provider key, for `passthrough` providers."""
    key: str = ""
    """The virtual key's id; empty for a static key and for nobody."""
    organization: str = ""
    key_allowance: Allowance = UNBOUND
    team_allowance: Allowance = UNBOUND
    tariff: Tariff | None = None
    """None where no team of the store pays."""
    jobs_only: bool = False
    default_model: str = ""
    """For calls that name none; empty: the configuration's."""
    keeps_bodies: bool = False
    """Whether requests and answers are kept with their rows."""
    mark: str = ""
    """Tells a key of the configuration that has no team from the others, without telling it."""
    is_unbound: bool = field(init=False, repr=False, compare=False)
    """Whether the store need not be asked before a call: no limits, no budget, no credits."""
    is_plain: bool = field(init=False, repr=False, compare=False)
    """Whether a call of its own, once it has what it takes, has nothing to be refused for or to keep."""

    def __post_init__(self) -> None:
        # Asked several times a call, and told once a key.
        is_unbound = (
            self.key_allowance is UNBOUND
            and self.team_allowance is UNBOUND
            and (self.tariff is None or self.tariff.mode is Mode.JOB_BASED)
        )
        is_plain = not self.jobs_only and not self.keeps_bodies
        object.__setattr__(self, "is_unbound", is_unbound)
        object.__setattr__(self, "is_plain", is_plain)

    def may_use(self, name: str) -> bool:
        """Whether this caller may ask for an alias or target of this name."""
        return self.allowed_models is None or name in self.allowed_models

    @property
    def tenant(self) -> str:
        """Whose the things are that this call leaves behind: the team's, else the key's, else whoever's provider key came.

        Callers who are told apart by nothing are one; no two kinds have a name in common.
        """
        if self.team:
            return f"team:{self.team}"
        if self.key or self.mark:
            return f"key:{self.key or self.mark}"
        return f"credential:{_digest(self.credential)}" if self.credential else ""

    @property
    def pays(self) -> bool:
        """Whether each call costs credits, rather than jobs alone."""
        return self.tariff is not None and self.tariff.mode is not Mode.JOB_BASED


def caller_with(key: Key, team: Team) -> Caller:
    """Who calls with a virtual key."""
    return Caller(
        team=team.id,
        allowed_models=_both(key.allowed_models, team.allowed_models),
        key=key.id,
        organization=team.organization,
        key_allowance=_bounds(key.allowance),
        team_allowance=_bounds(team.allowance),
        tariff=Tariff(team.mode, team.credits_per_dollar, team.tokens_per_credit),
        jobs_only=team.jobs_only,
        default_model=team.default_model,
        keeps_bodies=team.keeps_bodies,
    )


def caller_of(key: StaticKey) -> Caller:
    """Who calls with a key of the configuration."""
    mark = "" if key.team else _digest(key.key)
    return Caller(key.team, frozenset(key.allowed_models) or None, mark=mark)


def _digest(secret: Secret) -> str:
    return sha256(secret.reveal().encode()).hexdigest()


def _both(key: tuple[str, ...], team: tuple[str, ...]) -> frozenset[str] | None:
    """What both allow; nothing where their lists have nothing in common."""
    if key and team:
        return frozenset(key) & frozenset(team)
    return frozenset(key or team) or None


def _bounds(allowance: Allowance) -> Allowance:
    """The one object for none, so that `is_unbound` compares no fields."""
    free = allowance.rpm is None and allowance.tpm is None and allowance.budget_micros is None
    return UNBOUND if free else allowance
