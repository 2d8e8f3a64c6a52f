"""The name of a call: the caller's own where it is well formed, else one of ours."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.types import Scope

from proxy.core.names import new_name

HEADER: Final = b"x-request-id"
HEADERS: Final = (HEADER,)
"""Where every answer says it."""
ANTHROPIC_HEADERS: Final = (HEADER, b"request-id")
"""Where Anthropic's clients look for it: the second."""
NAME: Final = "firstbyte.request_id"
"""Where a scope has its id."""
_WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9_.-]{1,128}")


def new_request_id() -> str:
    """`req_` and 24 random hexadecimal digits."""
    return f"req_{new_name()}"


def take_request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The first `x-request-id` if it is well formed, else a new one."""
    for name, value in headers:
        if name == HEADER:
            return value.decode() if _WELL_FORMED.fullmatch(value) else new_request_id()
    return new_request_id()


def name_request(scope: Scope, request_id: str) -> None:
    """Write the id down, for everything that serves this call."""
    scope[NAME] = request_id


def request_id_of(scope: Scope) -> str:
    """The id of this call; made now where nothing upstream of us named it."""
    found: Any = scope.get(NAME)
    if found is None:
        found = take_request_id(scope["headers"])
        name_request(scope, found)
    return str(found)
