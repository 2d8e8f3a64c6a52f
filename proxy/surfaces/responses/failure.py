"""A failure after the first byte, in the two events that clients of this API look for.

`error` holds the failure both flat, as it is documented, and nested, because only then does OpenAI's SDK raise it;
`response.failed` follows for those that wait for the end of the response.

Source: `_streaming.py` of the openai package 3.52 (read 2026-11-21).
"""

from __future__ import annotations

from typing import Any, Final

from proxy.core import jsons
from proxy.core.errors import Blame, Kind, ProxyError
from proxy.core.shape import Json
from proxy.surfaces.errors import error_body
from proxy.surfaces.failure import code_of

_LIMITED: Final = "rate_limit_exceeded"
_SERVER: Final = "server_error"
_REQUEST: Final = "invalid_prompt"


def error_event(error: ProxyError, request_id: str) -> Json:
    """The `error` event."""
    told: Any = jsons.decode_object(error_body(error, request_id))["error"]
    flat = {name: told[name] for name in ("code", "message", "param")}
    return {"type": "error", **flat, "error": told}


def response_error(error: ProxyError) -> Json:
    """The `error` of a response that failed; its codes are a vocabulary of their own."""
    if error.kind is Kind.RATE_LIMIT:
        code = _LIMITED
    elif error.meaning.blame is Blame.CALLER:
        code = code_of(error) or _REQUEST
    else:
        code = _SERVER
    return {"code": code, "message": error.message}
