"""What can stand against a job, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from proxy.core.errors import Kind, ProxyError
from proxy.gate.jobs.job import Job
from proxy.store.store import StoreError

RETRY_AFTER: Final = 2.0
"""Seconds that a caller is told to wait while the store is away."""


@contextmanager
def named() -> Iterator[None]:
    """Within the block a store that is away is a failure by name: SATURATED."""
    try:
        yield
    except StoreError as error:
        message = "The store that keeps jobs cannot be reached. Try again in a moment."
        raise ProxyError(Kind.SATURATED, message, retry_after=RETRY_AFTER) from error


def no_job(name: str) -> ProxyError:
    """There is none of this id, or it is another team's: nobody is told which."""
    return ProxyError(
        Kind.MISSING, f"There is no job '{name[:64]}'.", param="job_id", code="job_not_found"
    )


def closed_already(job: Job) -> ProxyError:
    """It is over, and takes no calls and no other end."""
    why = f" ({job.error})" if job.error else ""
    return ProxyError(
        Kind.CONFLICT,
        f"The job is over: it has {job.state.value}{why}.",
        param="job_id",
        code=f"job_{job.state.value}",
    )


def not_yours(team: str) -> ProxyError:
    """The key is of another team."""
    message = f"The API key does not belong to team '{team[:64]}'."
    return ProxyError(Kind.FORBIDDEN, message, param="team_id", code="wrong_team")


def no_team() -> ProxyError:
    """The key belongs to no team of the store."""
    return ProxyError(
        Kind.FORBIDDEN,
        "Jobs need a virtual key of a team: one that `firstbyte keys create` or the admin API made.",
        code="team_required",
    )
