"""Organisations, teams, keys, credits and usage as operators see them.

Invariant: pure; nothing that is shown opens anything: no key, no digest of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proxy.core.shape import Json
from proxy.gate.tenants import Allowance, Key, Organization, Team
from proxy.store.records import Balance, CallRow, Entry, Sum


def organization(kept: Organization) -> Json:
    """An organisation."""
    return {
        "id": kept.id,
        "object": "organization",
        "name": kept.name,
        "created_at": int(kept.created_at),
    }


def team(kept: Team, balance: Balance) -> Json:
    """A team, and what it has left."""
    return {
        "id": kept.id,
        "object": "team",
        "organization_id": kept.organization or None,
        "name": kept.name,
        "status": kept.status.value,
        "budget_mode": kept.mode.value,
        "credits": credit(balance),
        "credits_per_dollar": kept.credits_per_dollar,
        "tokens_per_credit": kept.tokens_per_credit,
        "allowed_models": list(kept.allowed_models),
        "jobs_only": kept.jobs_only,
        "default_model": kept.default_model or None,
        "keep_bodies": kept.keeps_bodies,
        **_bounds(kept.allowance),
        "created_at": int(kept.created_at),
    }


def credit(balance: Balance) -> Json:
    """What an account has."""
    return {
        "allocated": balance.granted,
        "held": balance.held,
        "spent": balance.spent,
        "remaining": balance.remaining,
    }


def key(kept: Key) -> Json:
    """A key, without the key: its last characters tell it from others."""
    return {
        "id": kept.id,
        "object": "key",
        "team_id": kept.team,
        "name": kept.name,
        "status": kept.status.value,
        "hint": kept.hint,
        "allowed_models": list(kept.allowed_models),
        **_bounds(kept.allowance),
        "expires_at": None if kept.expires_at is None else int(kept.expires_at),
        "created_at": int(kept.created_at),
    }


def usage(found: Sum) -> Json:
    """What the calls of one group come to."""
    return {
        "group": found.group,
        "calls": found.calls,
        "served": found.served,
        "failed": found.failed,
        "prompt_tokens": found.prompt_tokens,
        "completion_tokens": found.completion_tokens,
        "cached_tokens": found.cached_tokens,
        "reasoning_tokens": found.reasoning_tokens,
        "total_tokens": found.prompt_tokens + found.completion_tokens,
        "cost_usd": found.cost_micros / 1_000_000,
        "avg_duration_ms": round(found.duration_ms / found.calls, 1) if found.calls else 0.0,
    }


def entry(line: Entry) -> Json:
    """One line of the ledger."""
    return {
        "id": line.id,
        "object": "ledger.entry",
        "at": round(line.at, 3),
        "account": line.account,
        "kind": line.kind,
        "amount": line.amount,
        "ref": line.ref,
        "note": line.note,
        "shortfall": line.shortfall,
    }


def call(row: CallRow) -> Json:
    """One call's record."""
    return {
        "id": row.id,
        "object": "call",
        "at": round(row.at, 3),
        "surface": row.surface,
        "alias": row.alias,
        "asked": row.asked,
        "target": row.target,
        "outcome": row.outcome,
        "status": row.status,
        "stream": row.stream,
        "organization_id": row.organization or None,
        "team_id": row.team or None,
        "key_id": row.key or None,
        "job_id": row.job or None,
        "prompt_tokens": row.prompt_tokens,
        "completion_tokens": row.completion_tokens,
        "cached_tokens": row.cached_tokens,
        "reasoning_tokens": row.reasoning_tokens,
        "cost_usd": row.cost_micros / 1_000_000 if row.priced else None,
        "ttft_ms": row.ttft_ms,
        "duration_ms": row.duration_ms,
        "detail": row.detail,
    }


def listed(items: Iterable[Json], cursor: str = "", **more: Any) -> Json:
    """Some of a list.

    Args:
        items: As they are shown.
        cursor: What to ask for the next; empty at the end.
        more: What else there is to say of the list.
    """
    return {
        "object": "list",
        "data": list(items),
        "has_more": bool(cursor),
        "next_cursor": cursor or None,
        **more,
    }


def _bounds(allowance: Allowance) -> Json:
    micros = allowance.budget_micros
    return {
        "rpm": allowance.rpm,
        "tpm": allowance.tpm,
        "budget_usd": None if micros is None else micros / 1_000_000,
        "budget_period": allowance.budget_period.value,
    }
