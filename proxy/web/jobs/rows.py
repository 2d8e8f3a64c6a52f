"""The routes of jobs."""

from __future__ import annotations

from proxy.web.jobs.calls import Counter, JobCall
from proxy.web.jobs.records import JobRecords
from proxy.web.routes import Row


def rows(counter: Counter) -> tuple[Row, ...]:
    """Their part of the table of calls. Each asks for a key, and its endpoint for a team."""
    records = JobRecords(counter)
    return (
        Row("POST", "/api/jobs/create", records.create),
        Row("POST", "/api/jobs/create-and-call", JobCall(counter, creates=True, stream=False)),
        Row(
            "POST", "/api/jobs/create-and-call-stream", JobCall(counter, creates=True, stream=True)
        ),
        Row("POST", "/api/jobs/{id}/llm-call", JobCall(counter, creates=False, stream=False)),
        Row("POST", "/api/jobs/{id}/llm-call-stream", JobCall(counter, creates=False, stream=True)),
        Row("POST", "/api/jobs/{id}/complete", records.complete),
        Row("GET", "/api/jobs/{id}", records.read),
        Row("PATCH", "/api/jobs/{id}/metadata", records.describe),
        Row("GET", "/api/jobs/{id}/costs", records.costs),
        Row("GET", "/api/teams/{id}/usage", records.usage),
        Row("GET", "/api/teams/{id}/jobs", records.listing),
    )
