"""Every endpoint of jobs by its name."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp

from proxy.web.jobs.calls import Counter, JobCall
from proxy.web.jobs.records import JobRecords


def endpoints(counter: Counter) -> Mapping[str, ASGIApp]:
    """All of them.

    Args:
        counter: What they share.
    """
    records = JobRecords(counter)
    return {
        "create": records.create,
        "create_and_call": JobCall(counter, creates=True, stream=False),
        "create_and_stream": JobCall(counter, creates=True, stream=True),
        "call": JobCall(counter, creates=False, stream=False),
        "stream": JobCall(counter, creates=False, stream=True),
        "complete": records.complete,
        "read": records.read,
        "describe": records.describe,
        "costs": records.costs,
        "usage": records.usage,
        "listing": records.listing,
    }
