"""What a body says of an organisation, a team, a key or a gift of credits, and how it changes one that is there.

Invariant: pure; a change touches what the body names and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from proxy.core.shape import Json
from proxy.gate.desk import fields
from proxy.gate.desk.fields import Field, Form, read_form
from proxy.gate.tenants import (
    CREDITS_PER_DOLLAR,
    TOKENS_PER_CREDIT,
    Key,
    Mode,
    Organization,
    Period,
    Status,
    Team,
)
from proxy.store.records import MOST
from proxy.surfaces.complaint import wrong_value

MOST_RATE: Final = 1_000_000_000
"""Requests or tokens a minute."""

_BOUNDS: Final = {
    "rpm": Field("rpm", fields.count(1, MOST_RATE), None),
    "tpm": Field("tpm", fields.count(1, MOST_RATE), None),
    "budget_usd": Field("budget_micros", fields.dollars, None),
    "budget_period": Field("budget_period", fields.word(Period), Period.MONTH),
}
_BOUND: Final = frozenset(field.attribute for field in _BOUNDS.values())
_ID: Final = {"id": Field("id", fields.identifier)}

ORGANIZATION: Final[Form] = {**_ID, "name": Field("name", fields.text)}
TEAM: Final[Form] = {
    "organization_id": Field("organization", fields.identifier),
    "name": Field("name", fields.text),
    "status": Field("status", fields.word(Status, Status.ACTIVE, Status.SUSPENDED), Status.ACTIVE),
    "budget_mode": Field("mode", fields.word(Mode), Mode.JOB_BASED),
    "allowed_models": Field("allowed_models", fields.names, ()),
    "jobs_only": Field("jobs_only", fields.flag, empty=False),
    "default_model": Field("default_model", fields.text),
    "credits_per_dollar": Field(
        "credits_per_dollar", fields.count(1, MOST_RATE), CREDITS_PER_DOLLAR
    ),
    "tokens_per_credit": Field("tokens_per_credit", fields.count(1, MOST_RATE), TOKENS_PER_CREDIT),
    "keep_bodies": Field("keeps_bodies", fields.flag, empty=False),
    **_BOUNDS,
}
KEY: Final[Form] = {
    "name": Field("name", fields.text),
    "allowed_models": Field("allowed_models", fields.names, ()),
    "expires_at": Field("expires_at", fields.moment, None),
    **_BOUNDS,
}
GRANT: Final[Form] = {
    "amount": Field("amount", fields.count(-MOST, MOST), 0),
    "id": Field("ref", fields.identifier),
    "note": Field("note", fields.text),
}

Record = TypeVar("Record", Team, Key)


@dataclass(frozen=True, slots=True)
class Gift:
    """Credits for a team; below 0 they are taken away."""

    amount: int
    ref: str
    """Given again, it changes nothing."""
    note: str = ""


def organization_of(body: Json) -> Organization:
    """A new one.

    Raises:
        ProxyError: INVALID_REQUEST, as everything here.
    """
    values = _given(read_form(body, ORGANIZATION))
    return Organization(**{"id": _drawn("org"), **values})


def team_of(body: Json) -> Team:
    """A new one."""
    values = read_form(body, {**_ID, **TEAM})
    name = values.pop("id", "") or _drawn("team")
    return changed(values)(Team(name))


def team_change(body: Json) -> dict[str, Any]:
    """What a body changes of a team, for `changed`."""
    return read_form(body, TEAM)


def key_of(body: Json) -> Key:
    """A new one, without the key."""
    team = Field("team", fields.identifier)
    values = read_form(body, {"team_id": team, **KEY}, ("team_id",))
    return changed(values)(Key("", values.pop("team"), ""))


def key_change(body: Json) -> dict[str, Any]:
    """What a body changes of a key, for `changed`."""
    return read_form(body, KEY)


def gift_of(body: Json) -> Gift:
    """Credits to give."""
    values = read_form(body, GRANT, ("amount",))
    if not values["amount"]:
        raise wrong_value("amount", "expected a whole number of credits that is not 0.")
    return Gift(**{"ref": _drawn("grant"), **_given(values)})


def changed(values: dict[str, Any]) -> Callable[[Record], Record]:
    """Puts values in place of those of a record."""
    bounds = {name: value for name, value in values.items() if name in _BOUND}
    rest = {name: value for name, value in values.items() if name not in _BOUND}

    def change(record: Record) -> Record:
        return replace(record, allowance=replace(record.allowance, **bounds), **rest)

    return change


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Those that say something."""
    return {name: value for name, value in values.items() if value != ""}


def _drawn(kind: str) -> str:
    """An id that nobody has had."""
    return f"{kind}_{secrets.token_hex(8)}"
