"""Jobs as documents of the store.

Invariant: `read(write(x)) == x`; a job's owner is its team, so that it is found for that team and for nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from proxy.core.shape import Json
from proxy.gate.caller import Tariff
from proxy.gate.jobs.job import Done, Held, Job, Owed, Running, State, Totals
from proxy.gate.tenants import Mode
from proxy.store.records import Document


def write(job: Job) -> Document:
    """As the store keeps it, in `Table.JOBS`."""
    data: Json = {
        "type": job.type,
        "mode": job.tariff.mode.value,
        "credits_per_dollar": job.tariff.credits_per_dollar,
        "tokens_per_credit": job.tariff.tokens_per_credit,
        "created_at": job.created_at,
        "organization": job.organization,
        "key": job.key,
        "user": job.user,
        "metadata": job.metadata,
        "state": job.state.value,
        "started_at": job.started_at,
        "completed_at": job.completed_at,
        "error": job.error,
        "running": [[each.id, each.tokens, each.cost_micros] for each in job.running],
        "calls": [_call(each) for each in job.calls],
        "totals": _totals(job.totals),
        "holds": [[each.id, each.amount] for each in job.holds],
        "owed": [[each.hold, each.price, each.note] for each in job.owed],
        "due": job.due,
        "answer": job.answer,
    }
    return Document(job.id, data, owner=job.team, version=job.version)


def read(document: Document) -> Job:
    """What `write` wrote."""
    data = document.data
    tariff = Tariff(Mode(data["mode"]), data["credits_per_dollar"], data["tokens_per_credit"])
    job = Job(
        id=document.id,
        team=document.owner,
        type=data["type"],
        tariff=tariff,
        created_at=data["created_at"],
        organization=data["organization"],
        key=data["key"],
        user=data["user"],
        metadata=data["metadata"],
        state=State(data["state"]),
        started_at=data["started_at"],
        completed_at=data["completed_at"],
        error=data["error"],
        running=tuple(Running(*each) for each in data["running"]),
        calls=tuple(Done(*each) for each in data["calls"]),
        totals=Totals(*data["totals"]),
        holds=tuple(Held(*each) for each in data["holds"]),
        # What a version wrote that knew of none owes nothing.
        owed=tuple(Owed(*each) for each in data.get("owed", ())),
        due=data.get("due", 0),
        answer=data["answer"],
        version=document.version,
    )
    if job.state is State.COMPLETED and "due" not in data:
        # An earlier version settled the price of the day.
        return replace(job, due=job.price)
    return job


def _call(done: Done) -> list[Any]:
    """Its fields in their order: a list of many is a third of what objects would take."""
    return [
        done.id,
        done.at,
        done.purpose,
        done.model,
        done.prompt_tokens,
        done.completion_tokens,
        done.cost_micros,
        done.priced,
        done.latency_ms,
        done.error,
    ]


def _totals(totals: Totals) -> list[Any]:
    return [
        totals.calls,
        totals.failed,
        totals.prompt_tokens,
        totals.completion_tokens,
        totals.cost_micros,
        totals.latency_ms,
    ]
