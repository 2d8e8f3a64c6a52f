"""The names of everything that can go wrong, and what each name means.

A failure is a `Kind`; status, type, code and blame are read from one table beside the kinds, never from an `if`.
What the cascade does about a kind is decided in `route/verdict.py`; how it looks on the wire, in `surfaces/`.

Invariant: every kind has exactly one row in `MEANINGS` (a test holds it); a message never holds a secret.
Source: the OpenAI error vocabulary, https://platform.openai.com/docs/guides/error-codes (read 2026-11-20).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from proxy.core.record import record


@unique
class Kind(StrEnum):
    """What happened, in one word. The value is what logs, metrics and `attempts` show."""

    # The caller's request.
    INVALID_REQUEST = "invalid_request"
    UNSUPPORTED = "unsupported"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    TOO_LARGE = "too_large"
    UNKNOWN_MODEL = "unknown_model"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    UNPAID = "unpaid"
    MISSING = "missing"
    CONFLICT = "conflict"
    # A target's configuration: ours to mend, not the caller's.
    AUTH = "auth"
    PERMISSION = "permission"
    QUOTA = "quota"
    NOT_FOUND = "not_found"
    MISCONFIGURED = "misconfigured"
    # A target's weather.
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    CIRCUIT_OPEN = "circuit_open"
    OUTRUN = "outrun"
    # The wire to a target.
    CONNECT = "connect"
    RESET = "reset"
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    IDLE_TIMEOUT = "idle_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    # What came was not an answer.
    EMPTY = "empty"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
    # Here.
    CANCELLED = "cancelled"
    SATURATED = "saturated"
    DRAINING = "draining"
    INTERNAL = "internal"


@unique
class Blame(StrEnum):
    """Whose fault a kind is."""

    CALLER = "caller"
    TARGET = "target"
    CONFIG = "config"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row: what a caller is told when this kind alone explains the failure."""

    status: int
    """HTTP status of our answer."""
    type: str
    """OpenAI's `error.type`."""
    code: str | None
    """OpenAI's `error.code`, where the provider gave none of its own."""
    blame: Blame
    should_retry: bool
    """Whether the same call may fare better when the caller sends it again."""


_INVALID: Final = "invalid_request_error"
_SERVER: Final = "server_error"

MEANINGS: Final[dict[Kind, Meaning]] = {
    Kind.INVALID_REQUEST: Meaning(400, _INVALID, None, Blame.CALLER, should_retry=False),
    Kind.UNSUPPORTED: Meaning(400, _INVALID, "unsupported_value", Blame.CALLER, should_retry=False),
    Kind.CONTEXT_LENGTH: Meaning(
        400, _INVALID, "context_length_exceeded", Blame.CALLER, should_retry=False
    ),
    Kind.CONTENT_FILTER: Meaning(400, _INVALID, "content_filter", Blame.CALLER, should_retry=False),
    Kind.TOO_LARGE: Meaning(413, _INVALID, "request_too_large", Blame.CALLER, should_retry=False),
    Kind.UNKNOWN_MODEL: Meaning(404, _INVALID, "model_not_found", Blame.CALLER, should_retry=False),
    Kind.UNAUTHENTICATED: Meaning(
        401, _INVALID, "invalid_api_key", Blame.CALLER, should_retry=False
    ),
    Kind.FORBIDDEN: Meaning(403, _INVALID, "forbidden", Blame.CALLER, should_retry=False),
    Kind.UNPAID: Meaning(
        402, "insufficient_quota", "insufficient_quota", Blame.CALLER, should_retry=False
    ),
    Kind.MISSING: Meaning(404, _INVALID, "not_found", Blame.CALLER, should_retry=False),
    Kind.CONFLICT: Meaning(409, _INVALID, "conflict", Blame.CALLER, should_retry=False),
    Kind.AUTH: Meaning(502, _SERVER, "provider_authentication", Blame.CONFIG, should_retry=False),
    Kind.PERMISSION: Meaning(502, _SERVER, "provider_permission", Blame.CONFIG, should_retry=False),
    Kind.QUOTA: Meaning(502, _SERVER, "provider_quota", Blame.CONFIG, should_retry=False),
    Kind.NOT_FOUND: Meaning(404, _INVALID, "model_not_found", Blame.CONFIG, should_retry=False),
    Kind.MISCONFIGURED: Meaning(
        502, _SERVER, "provider_misconfigured", Blame.CONFIG, should_retry=False
    ),
    Kind.RATE_LIMIT: Meaning(
        429, "rate_limit_error", "rate_limit_exceeded", Blame.TARGET, should_retry=True
    ),
    Kind.OVERLOADED: Meaning(503, _SERVER, "overloaded", Blame.TARGET, should_retry=True),
    Kind.SERVER_ERROR: Meaning(502, _SERVER, "upstream_error", Blame.TARGET, should_retry=True),
    Kind.UPSTREAM_TIMEOUT: Meaning(
        504, _SERVER, "upstream_timeout", Blame.TARGET, should_retry=True
    ),
    Kind.CIRCUIT_OPEN: Meaning(503, _SERVER, "overloaded", Blame.TARGET, should_retry=True),
    Kind.OUTRUN: Meaning(502, _SERVER, "upstream_error", Blame.HERE, should_retry=True),
    Kind.CONNECT: Meaning(502, _SERVER, "upstream_unreachable", Blame.TARGET, should_retry=True),
    Kind.RESET: Meaning(502, _SERVER, "upstream_reset", Blame.TARGET, should_retry=True),
    Kind.CONNECT_TIMEOUT: Meaning(
        504, _SERVER, "upstream_timeout", Blame.TARGET, should_retry=True
    ),
    Kind.FIRST_BYTE_TIMEOUT: Meaning(
        504, _SERVER, "upstream_timeout", Blame.TARGET, should_retry=True
    ),
    Kind.IDLE_TIMEOUT: Meaning(504, _SERVER, "upstream_timeout", Blame.TARGET, should_retry=True),
    Kind.TOTAL_TIMEOUT: Meaning(504, _SERVER, "deadline_exceeded", Blame.TARGET, should_retry=True),
    Kind.EMPTY: Meaning(502, _SERVER, "upstream_empty", Blame.TARGET, should_retry=True),
    Kind.TRUNCATED: Meaning(502, _SERVER, "upstream_truncated", Blame.TARGET, should_retry=True),
    Kind.MALFORMED: Meaning(502, _SERVER, "upstream_malformed", Blame.TARGET, should_retry=True),
    Kind.OVERSIZED: Meaning(502, _SERVER, "upstream_oversized", Blame.TARGET, should_retry=False),
    Kind.CANCELLED: Meaning(
        499, _INVALID, "client_closed_request", Blame.CALLER, should_retry=False
    ),
    Kind.SATURATED: Meaning(503, _SERVER, "overloaded", Blame.HERE, should_retry=True),
    Kind.DRAINING: Meaning(503, _SERVER, "shutting_down", Blame.HERE, should_retry=True),
    Kind.INTERNAL: Meaning(500, _SERVER, "internal_error", Blame.HERE, should_retry=True),
}


@record
class Tried:
    """One attempt, as the caller and the log are told of it."""

    target: str
    """`provider/model`."""
    kind: Kind | None
    """Why it failed; None for the one that served."""
    status: int | None
    """The provider's HTTP status, None where no response head came."""
    code: str | None
    """The provider's own error code or type."""
    ms: float
    """Milliseconds from its start to its failure or its first output, to one digit behind the point."""
    skipped: bool = False
    """It was passed over without being asked: it could not serve the request, or its circuit was open."""
    began: float = field(default=0.0, compare=False)
    """When it was asked, in loop time, seconds; 0 where it was not."""


class ProxyError(Exception):
    """The one exception that crosses a floor: a named failure with what its source said of it.

    Args:
        kind: What happened.
        message: A sentence for the caller: what, where, what to do. The provider's own words where there are any.
        status: The provider's HTTP status, if a response head came.
        type: The provider's own error type.
        code: The provider's own error code.
        param: The request field at fault, as a path (`messages[2].content`).
        retry_after: Seconds that the provider asked to wait.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        status: int | None = None,
        type: str | None = None,  # noqa: A002 (the wire's own word)
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.type = type
        self.code = code
        self.param = param
        self.retry_after = retry_after
        self.cause: Kind | None = None
        """Of CIRCUIT_OPEN: what the target was refused with, and rests from; None where it failed, or nobody knows."""
        self.attempts: tuple[Tried, ...] = ()
        """Every attempt of the call, in order; set by the cascade on the error that it answers."""

    @property
    def meaning(self) -> Meaning:
        """The row of `MEANINGS` for this kind."""
        return MEANINGS[self.kind]

    def __repr__(self) -> str:
        return f"ProxyError({self.kind.value}, {self.message!r}, status={self.status})"
