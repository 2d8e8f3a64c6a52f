"""What we say where no handler speaks: refusals of the guard and of the parser, in OpenAI's error shape or Anthropic's.

Invariant: a refusal's words come from this house or are encoded as JSON; nothing a caller sent reaches a header.
Source: the OpenAI error object, https://platform.openai.com/docs/guides/error-codes (read 2026-11-20); Anthropic's,
https://platform.claude.com/docs/en/api/errors (read 2026-11-21).
"""

from __future__ import annotations

import http
import math
from dataclasses import dataclass, replace
from typing import Final

from starlette.types import Scope

from proxy.core import jsons
from proxy.core.errors import Kind, ProxyError
from proxy.core.shape import Headers
from proxy.surfaces.messages.errors import type_of
from proxy.web.dialect import is_anthropic
from proxy.web.request_id import ANTHROPIC_HEADERS, HEADERS, request_id_of

INVALID: Final = "invalid_request_error"
SERVER: Final = "server_error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal, before it has a request id."""

    status: int
    code: str | None
    message: str
    type: str = INVALID
    param: str | None = None
    headers: Headers = ()
    kind: Kind = Kind.INVALID_REQUEST
    """What logs call it."""

    def body(self, request_id: str, *, anthropic: bool = False) -> bytes:
        """The error object, in OpenAI's shape or in Anthropic's."""
        if anthropic:
            said = {"type": type_of(self.status), "message": self.message}
            return jsons.encode({"type": "error", "error": said, "request_id": request_id})
        error = {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
            "request_id": request_id,
        }
        return jsons.encode({"error": error})

    def wire(self, scope: Scope) -> bytes:
        """A whole HTTP/1.1 response that ends its connection.

        Args:
            scope: Of what is refused, as far as it was read.
        """
        request_id, anthropic = request_id_of(scope), is_anthropic(scope)
        body = self.body(request_id, anthropic=anthropic)
        names = ANTHROPIC_HEADERS if anthropic else HEADERS
        lines = [
            f"HTTP/1.1 {self.status} {http.HTTPStatus(self.status).phrase}",
            "content-type: application/json",
            f"content-length: {len(body)}",
            *(f"{name.decode()}: {request_id}" for name in names),
            *(f"{name}: {value}" for name, value in self.headers),
            "connection: close",
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


BAD_REQUEST: Final = Refusal(400, "bad_request", "This is not a well-formed HTTP/1.1 request.")
CROWDED: Final = Refusal(
    400, "too_many_pipelined", "Too many requests were sent ahead of their answers."
)
TIMED_OUT: Final = Refusal(
    408, "request_timeout", "The request did not arrive in time. Send it again."
)
CRASHED: Final = Refusal(
    500,
    "internal_error",
    "Something went wrong in this server. Its log has the details under this request id.",
    type=SERVER,
    kind=Kind.INTERNAL,
)


def refusal_of(error: ProxyError) -> Refusal:
    """How a failure that no surface answers looks."""
    meaning = error.meaning
    refusal = Refusal(
        meaning.status,
        error.code or meaning.code,
        error.message,
        type=error.type or meaning.type,
        param=error.param,
        kind=error.kind,
    )
    if error.kind is Kind.UNAUTHENTICATED:
        return replace(refusal, headers=(("www-authenticate", "Bearer"),))
    if error.retry_after is not None:
        return replace(refusal, headers=(("retry-after", str(math.ceil(error.retry_after))),))
    return refusal
