"""One call's durable record, from the last fact of it.

Invariant: pure; the record holds no key, and of what was asked and answered only what the team wants kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from proxy.core.errors import Tried
from proxy.core.facts import SERVED, CallEnded, Run
from proxy.core.record import record
from proxy.core.rounding import tenths
from proxy.core.shape import Json
from proxy.core.usage import Usage
from proxy.gate.bill import Bill
from proxy.gate.budget import micros_of
from proxy.gate.caller import Caller
from proxy.store.records import CallRow

MAX_VALUE: Final = 1024
"""Characters of a kept name; names come from callers."""
_NO_USAGE: Final = Usage()


@record
class Booked:
    """What the gate knows of a call beside the fact."""

    id: str
    """Unique for ever, unlike the request's id, which callers may choose."""
    caller: Caller
    job: str
    bill: Bill
    credits: int = 0
    detail: Mapping[str, Any] = field(default_factory=dict)
    """What whoever runs the call wants kept of it."""


def row_of(ended: CallEnded, booked: Booked) -> CallRow:
    """The record."""
    bill, caller, outcome = booked.bill, booked.caller, ended.outcome
    usage, cost = bill.usage or _NO_USAGE, bill.cost
    # In the order of its fields: so many names would cost more than all the rest.
    return CallRow(
        booked.id,
        ended.at - ended.duration_ms / 1000,
        ended.surface,
        _short(ended.alias),
        _short(ended.asked),
        ended.target or "",
        "served" if outcome is SERVED else outcome.value,
        ended.status,
        ended.stream,
        caller.organization,
        caller.team,
        caller.key,
        booked.job,
        usage.prompt,
        usage.completion,
        usage.cached or 0,
        usage.reasoning or 0,
        0 if cost is None else micros_of(cost),
        cost is not None,
        tenths(ended.ttft_ms or 0.0),
        tenths(ended.duration_ms),
        _detail(ended, booked),
    )


def _detail(ended: CallEnded, booked: Booked) -> Json:
    told: Json = {"request_id": ended.call}
    if ended.served:
        told["served_model"] = _short(ended.served)
    if ended.attempts:
        told["attempts"] = [_attempt(tried) for tried in ended.attempts]
    if ended.kind or ended.dropped or ended.cache or len(ended.runs) > 1:
        told |= _unusual(ended)
    if booked.bill.is_guess:
        told["usage_is_estimate"] = True
    if booked.credits:
        told["credits"] = booked.credits
    return {**told, **booked.detail} if booked.detail else told


def _unusual(ended: CallEnded) -> Json:
    told: Json = {
        "error": ended.kind.value if ended.kind else None,
        "runs": [_run(run) for run in ended.runs] if len(ended.runs) > 1 else None,
        "dropped": list(ended.dropped),
        "cache": ended.cache,
    }
    return {name: value for name, value in told.items() if value}


def _attempt(tried: Tried) -> Json:
    told: Json = {
        "target": tried.target,
        "result": tried.kind.value if tried.kind else "served",
        "ms": tried.ms,
    }
    if tried.status is not None:
        told["status"] = tried.status
    if tried.code:
        told["code"] = _short(tried.code)
    if tried.skipped:
        told["skipped"] = True
    return told


def _run(run: Run) -> Json:
    return {
        "target": run.target,
        "usage": run.usage.wire() if run.usage else None,
        "cost_micros": None if run.cost is None else micros_of(run.cost),
    }


def _short(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[:MAX_VALUE] + "…"
