"""The routes of jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp

from proxy.web.routes import Row

SURFACE: Final = "jobs"
"""Of calls that are made as parts of jobs."""
_CALLS: Final = frozenset({"create_and_call", "create_and_stream", "call", "stream"})
"""The endpoints that make them."""
_TABLE: Final = (
    ("POST", "/api/jobs/create", "create"),
    ("POST", "/api/jobs/create-and-call", "create_and_call"),
    ("POST", "/api/jobs/create-and-call-stream", "create_and_stream"),
    ("POST", "/api/jobs/{id}/llm-call", "call"),
    ("POST", "/api/jobs/{id}/llm-call-stream", "stream"),
    ("POST", "/api/jobs/{id}/complete", "complete"),
    ("GET", "/api/jobs/{id}", "read"),
    ("PATCH", "/api/jobs/{id}/metadata", "describe"),
    ("GET", "/api/jobs/{id}/costs", "costs"),
    ("GET", "/api/teams/{id}/usage", "usage"),
    ("GET", "/api/teams/{id}/jobs", "listing"),
)
"""Method, path, and the name of the endpoint in `endpoints.py`."""


def rows(endpoint_of: Callable[[str], ASGIApp]) -> tuple[Row, ...]:
    """Their part of the table of calls. Each asks for a key, and its endpoint for a team.

    Args:
        endpoint_of: Gives the endpoint of a name.
    """
    return tuple(
        Row(method, path, endpoint_of(name), surface=SURFACE if name in _CALLS else "")
        for method, path, name in _TABLE
    )
