"""Organisations, teams and keys: what is kept of them, as frozen records and as documents of the store.

Invariant: `read(write(x)) == x`; a document holds no key, only its digest (as its mark) and its last characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any, Final

from proxy.core.shape import Json
from proxy.store.records import Document

CREDITS_PER_DOLLAR: Final = 10
TOKENS_PER_CREDIT: Final = 10_000


@unique
class Status(StrEnum):
    """Whether a team or a key may be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Of a team: its keys are known and refused."""
    REVOKED = "revoked"
    """Of a key: it is as if nobody knew it."""


@unique
class Mode(StrEnum):
    """What costs a team credits."""

    JOB_BASED = "job_based"
    """Jobs alone: one each."""
    CONSUMPTION_USD = "consumption_usd"
    """Every call, by what it cost."""
    CONSUMPTION_TOKENS = "consumption_tokens"
    """Every call, by its tokens."""


@unique
class Period(StrEnum):
    """How long a budget lasts: calendar periods in UTC."""

    DAY = "day"
    WEEK = "week"
    """From Monday, as ISO 8601 counts them."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a key or a team may take. None is no bound."""

    rpm: int | None = None
    """Requests a minute; above 0."""
    tpm: int | None = None
    """Tokens a minute; above 0."""
    budget_micros: int | None = None
    """Millionths of a US dollar in a period."""
    budget_period: Period = Period.MONTH


@dataclass(frozen=True, slots=True)
class Organization:
    """Whom teams belong to. Times are seconds since 1970."""

    id: str
    name: str = ""
    created_at: float = 0.0
    version: int = field(default=0, compare=False)
    """The document's; 0 before it is kept."""


@dataclass(frozen=True, slots=True)
class Team:
    """Whom keys belong to, and who pays."""

    id: str
    organization: str = ""
    """Its id; empty for none."""
    name: str = ""
    status: Status = Status.ACTIVE
    mode: Mode = Mode.JOB_BASED
    allowed_models: tuple[str, ...] = ()
    """Aliases and targets by name; empty: every one."""
    jobs_only: bool = False
    """Direct inference is refused."""
    default_model: str = ""
    """For calls that name none."""
    credits_per_dollar: int = CREDITS_PER_DOLLAR
    tokens_per_credit: int = TOKENS_PER_CREDIT
    allowance: Allowance = field(default_factory=Allowance)
    """For all its keys together."""
    keeps_bodies: bool = False
    """Whether its calls' requests and answers are kept with their rows."""
    created_at: float = 0.0
    version: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    """A virtual key, without the key."""

    id: str
    team: str
    """Its id."""
    mark: str = field(repr=False)
    """The key's digest."""
    hint: str = ""
    """`…abcd`: the end of the key, so that people can tell keys apart."""
    name: str = ""
    status: Status = Status.ACTIVE
    allowed_models: tuple[str, ...] = ()
    """Of what its team may use; empty: all of it."""
    allowance: Allowance = field(default_factory=Allowance)
    expires_at: float | None = None
    created_at: float = 0.0
    version: int = field(default=0, compare=False)


def organization_document(organization: Organization) -> Document:
    """As the store keeps it, in `Table.ORGANIZATIONS`."""
    data = {"name": organization.name, "created_at": organization.created_at}
    return Document(organization.id, data, version=organization.version)


def read_organization(document: Document) -> Organization:
    """What `organization_document` wrote."""
    data = document.data
    return Organization(
        document.id, data.get("name", ""), data.get("created_at", 0.0), document.version
    )


def team_document(team: Team) -> Document:
    """As the store keeps it, in `Table.TEAMS`."""
    data: Json = {
        "name": team.name,
        "status": team.status.value,
        "budget_mode": team.mode.value,
        "allowed_models": list(team.allowed_models),
        "jobs_only": team.jobs_only,
        "default_model": team.default_model,
        "credits_per_dollar": team.credits_per_dollar,
        "tokens_per_credit": team.tokens_per_credit,
        "keeps_bodies": team.keeps_bodies,
        "created_at": team.created_at,
        **_allowance_data(team.allowance),
    }
    return Document(team.id, data, owner=team.organization, version=team.version)


def read_team(document: Document) -> Team:
    """What `team_document` wrote; what an older version did not write is as in a new team."""
    data = document.data
    return Team(
        id=document.id,
        organization=document.owner,
        name=data.get("name", ""),
        status=Status(data.get("status", Status.ACTIVE)),
        mode=Mode(data.get("budget_mode", Mode.JOB_BASED)),
        allowed_models=tuple(data.get("allowed_models", ())),
        jobs_only=data.get("jobs_only", False),
        default_model=data.get("default_model", ""),
        credits_per_dollar=data.get("credits_per_dollar", CREDITS_PER_DOLLAR),
        tokens_per_credit=data.get("tokens_per_credit", TOKENS_PER_CREDIT),
        allowance=_read_allowance(data),
        keeps_bodies=data.get("keeps_bodies", False),
        created_at=data.get("created_at", 0.0),
        version=document.version,
    )


def key_document(key: Key) -> Document:
    """As the store keeps it, in `Table.KEYS`."""
    data: Json = {
        "hint": key.hint,
        "name": key.name,
        "status": key.status.value,
        "allowed_models": list(key.allowed_models),
        "expires_at": key.expires_at,
        "created_at": key.created_at,
        **_allowance_data(key.allowance),
    }
    return Document(key.id, data, owner=key.team, mark=key.mark, version=key.version)


def read_key(document: Document) -> Key:
    """What `key_document` wrote."""
    data = document.data
    return Key(
        id=document.id,
        team=document.owner,
        mark=document.mark,
        hint=data.get("hint", ""),
        name=data.get("name", ""),
        status=Status(data.get("status", Status.ACTIVE)),
        allowed_models=tuple(data.get("allowed_models", ())),
        allowance=_read_allowance(data),
        expires_at=data.get("expires_at"),
        created_at=data.get("created_at", 0.0),
        version=document.version,
    )


def _allowance_data(allowance: Allowance) -> dict[str, Any]:
    return {
        "rpm": allowance.rpm,
        "tpm": allowance.tpm,
        "budget_micros": allowance.budget_micros,
        "budget_period": allowance.budget_period.value,
    }


def _read_allowance(data: Json) -> Allowance:
    return Allowance(
        rpm=data.get("rpm"),
        tpm=data.get("tpm"),
        budget_micros=data.get("budget_micros"),
        budget_period=Period(data.get("budget_period", Period.MONTH)),
    )
