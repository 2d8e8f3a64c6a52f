"""A request body as it came: read once as an object, and written again without the members that must not go on.

Invariant: what `without` leaves in is byte for byte what came.
"""

from __future__ import annotations

from collections.abc import Collection

from proxy.core import jsons
from proxy.core.shape import Json
from proxy.surfaces.complaint import invalid


def object_of(body: bytes) -> Json:
    """Read a request body.

    Raises:
        ProxyError: INVALID_REQUEST where it is not one JSON object.
    """
    try:
        value = jsons.decode(body)
    except jsons.JsonError as error:
        reason = f"not JSON: {error}" if body.strip() else "empty"
        raise invalid(f"The request body is {reason}. Send one JSON object.") from None
    if not isinstance(value, dict):
        came = jsons.name_of(value)
        raise invalid(f"The request body is {came}. Send one JSON object.", None, "invalid_type")
    return value


def without(body: bytes, names: Collection[str]) -> bytes:
    """The body without these members of its top level; the very bytes where there are no names."""
    if not names:
        return body
    members = jsons.split(body)
    return jsons.join({name: value for name, value in members.items() if name not in names})
