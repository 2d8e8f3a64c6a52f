"""Jobs as their teams see them.

Invariant: pure; nothing of another team's, and no key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proxy.core.shape import Json
from proxy.gate.jobs.job import TIMED_OUT, Done, Job, State


def job(kept: Job, now: float) -> Json:
    """A job. One that was left open too long has failed, whether anybody has closed it or not."""
    overdue = kept.is_overdue(now)
    return {
        "job_id": kept.id,
        "team_id": kept.team,
        "organization_id": kept.organization or None,
        "user_id": kept.user or None,
        "job_type": kept.type,
        "status": State.FAILED.value if overdue else kept.state.value,
        "created_at": int(kept.created_at),
        "started_at": _moment(kept.started_at),
        "completed_at": _moment(kept.completed_at),
        "metadata": kept.metadata,
        "error_message": TIMED_OUT if overdue else kept.error or None,
        "credit_applied": kept.answer["costs"]["credit_applied"] if kept.answer else 0,
        "models_used": list(dict.fromkeys(each.model for each in kept.calls if each.model)),
    }


def costs(kept: Job, applied: int, remaining: int | None) -> Json:
    """What a job has come to so far.

    Args:
        kept: The job.
        applied: Credits that it was charged.
        remaining: Credits that its team has left; None where nobody asked.
    """
    totals = kept.totals
    return {
        "total_calls": totals.calls,
        "successful_calls": totals.calls - totals.failed,
        "failed_calls": totals.failed,
        "total_tokens": totals.tokens,
        "total_cost_usd": totals.cost_micros / 1_000_000,
        "avg_latency_ms": round(totals.latency_ms / totals.calls, 1) if totals.calls else 0.0,
        "credit_applied": applied,
        "credits_remaining": remaining,
    }


def completed(kept: Job, applied: int, remaining: int) -> Json:
    """The answer to completing a job."""
    return {
        "job_id": kept.id,
        "status": kept.state.value,
        "completed_at": _moment(kept.completed_at),
        "costs": costs(kept, applied, remaining),
        "calls": [_call(each) for each in kept.calls],
    }


def breakdown(kept: Job, now: float) -> Json:
    """A job call by call."""
    shown = job(kept, now)
    applied = shown["credit_applied"]
    remaining = kept.answer["costs"]["credits_remaining"] if kept.answer else None
    return {
        "job_id": kept.id,
        "team_id": kept.team,
        "job_type": kept.type,
        "status": shown["status"],
        "costs": {
            **costs(kept, applied, remaining),
            "breakdown": [
                {
                    "call_id": each.id,
                    "model": each.model,
                    "purpose": each.purpose or None,
                    "prompt_tokens": each.prompt_tokens,
                    "completion_tokens": each.completion_tokens,
                    "cost_usd": each.cost_micros / 1_000_000 if each.priced else None,
                    "created_at": int(each.at),
                    "error": each.error or None,
                }
                for each in kept.calls
            ],
        },
    }


def usage(team: str, period: str, jobs: Iterable[Job]) -> Json:
    """What the jobs of a period come to, together and by type."""
    count = well = badly = micros = tokens = 0
    types: dict[str, dict[str, Any]] = {}
    for each in jobs:
        count += 1
        well += each.state is State.COMPLETED
        badly += each.state is State.FAILED
        micros += each.totals.cost_micros
        tokens += each.totals.tokens
        of_type = types.setdefault(each.type, {"count": 0, "micros": 0})
        of_type["count"] += 1
        of_type["micros"] += each.totals.cost_micros
    return {
        "team_id": team,
        "period": period,
        "summary": {
            "total_jobs": count,
            "successful_jobs": well,
            "failed_jobs": badly,
            "total_cost_usd": micros / 1_000_000,
            "total_tokens": tokens,
            "avg_cost_per_job": round(micros / count) / 1_000_000 if count else 0.0,
        },
        "job_types": {
            name: {"count": each["count"], "cost_usd": each["micros"] / 1_000_000}
            for name, each in sorted(types.items())
        },
    }


def _call(done: Done) -> Json:
    return {
        "call_id": done.id,
        "purpose": done.purpose or None,
        "model": done.model,
        "tokens": done.tokens,
        "cost_usd": done.cost_micros / 1_000_000 if done.priced else None,
        "latency_ms": done.latency_ms,
        "error": done.error or None,
    }


def _moment(at: float | None) -> int | None:
    return None if at is None else int(at)
