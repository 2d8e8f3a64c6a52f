"""What the bodies of jobs say: of the job, of the call, and the chat request that is left.

Invariant: pure; what is of the job is not passed on to a provider, and what is of the chat API is passed on as it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Json
from proxy.gate.desk import fields
from proxy.gate.desk.fields import Field, Form, read_form
from proxy.gate.jobs.job import State
from proxy.surfaces.body import without
from proxy.surfaces.complaint import missing

NEW: Final[Form] = {
    "team_id": Field("team", fields.text),
    "job_type": Field("type", fields.text),
    "user_id": Field("user", fields.text),
}
CREATE: Final[Form] = {**NEW, "metadata": Field("metadata", fields.metadata, {})}
PART: Final[Form] = {
    "purpose": Field("purpose", fields.text),
    "call_metadata": Field("metadata", fields.metadata, {}),
}
COMPLETE: Final[Form] = {
    "status": Field("state", fields.word(State, State.COMPLETED, State.FAILED)),
    "metadata": Field("metadata", fields.metadata, {}),
    "error_message": Field("error", fields.text),
}
PATCH: Final[Form] = {"metadata": Field("metadata", fields.metadata, {})}

_REQUIRED: Final = ("team_id", "job_type")
_JOB: Final[Form] = {**NEW, "job_metadata": Field("metadata", fields.metadata, {})}


@dataclass(frozen=True, slots=True)
class New:
    """A job to be created."""

    team: str
    type: str
    user: str = ""
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What a body says of the call as a part of its job."""

    purpose: str = ""
    metadata: Json = field(default_factory=dict)

    @property
    def detail(self) -> dict[str, Any]:
        """What is kept of it with the call's record."""
        told = {"purpose": self.purpose, "metadata": self.metadata}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class End:
    """How a job ends."""

    state: State
    metadata: Json = field(default_factory=dict)
    error: str = ""


def new_of(body: Json) -> New:
    """A job of the body that creates it, and nothing else.

    Raises:
        ProxyError: INVALID_REQUEST, as everything here.
    """
    return _named(read_form(body, CREATE, _REQUIRED))


def new_with_call(body: Json) -> New:
    """A job of the body that creates and calls it."""
    return _named(read_form(_of(body, _JOB), _JOB, _REQUIRED))


def part_of(body: Json) -> Part:
    """What a body with a call says of it."""
    return Part(**read_form(_of(body, PART), PART))


def end_of(body: Json) -> End:
    """How a job ends."""
    return End(**read_form(body, COMPLETE, ("status",)))


def patch_of(body: Json) -> Json:
    """Metadata to be merged into a job's."""
    found: Json = read_form(body, PATCH, ("metadata",))["metadata"]
    return found


def chat_of(raw: bytes, *, stream: bool) -> bytes:
    """The chat request of a body with a call.

    Args:
        raw: The body as it came: one JSON object.
        stream: Whether the answer is to be streamed, whatever the body says of it.
    """
    members = jsons.split(without(raw, (*_JOB, *PART)))
    return jsons.join({**members, "stream": jsons.raw(stream)})


def _of(body: Json, form: Form) -> Json:
    """The members that a form knows: the rest is chat's."""
    return {name: value for name, value in body.items() if name in form}


def _named(values: Mapping[str, Any]) -> New:
    if not values["type"]:
        raise missing("job_type")
    return New(**values)
