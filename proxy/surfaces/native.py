"""A provider's own bytes on their way to a caller of the same dialect: as they came, or edited at their top level.

Invariant: what an edit does not name stays byte for byte; a payload of more than one line is never put into a stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from proxy.core import jsons
from proxy.core.shape import Completion, Json, Native

GONE: Final = object()
"""In the place of an edit's value: take the member away."""


def line_of(native: Native | None, dialect: str) -> bytes | None:
    """The payload, where it is of this dialect and on one line; else None."""
    if native is None or native["dialect"] != dialect:
        return None
    payload = native["payload"]
    return None if b"\n" in payload or b"\r" in payload else payload


def edited(payload: bytes, edits: Mapping[str, Any]) -> bytes:
    """The payload with the members of its top level that `edits` names replaced, added or taken away."""
    if not edits:
        return payload
    members = jsons.split(payload)
    for name, value in edits.items():
        if value is GONE:
            members.pop(name, None)
        else:
            members[name] = jsons.raw(value)
    return jsons.join(members)


def additions(completion: Completion, model: str | None, report: Json | None) -> Json:
    """The edits of a whole answer that every surface makes alike.

    Args:
        completion: The answer.
        model: In place of the provider's name of the model; no edit where that is its name, or where it is None.
        report: Goes in as `firstbyte`, if there is one.
    """
    edits: Json = {}
    if model is not None and completion.get("model") != model:
        edits["model"] = model
    if report is not None:
        edits["firstbyte"] = report
    return edits
