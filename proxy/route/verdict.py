"""What a failure before the commit means: the same target again, the next one, or the end.

One exhaustive table, read by the kind of the failure; the numbers (tries left, hints, jitter) decide within a row.
After the commit this file has no say: nothing is tried again then.

Invariant: every kind has a row (a test holds it), and no row depends on the words of a message.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto, unique
from typing import Final

from proxy.codecs.plain.cooler import is_spoilt
from proxy.core.errors import Kind, ProxyError

BACKOFF_BASE: Final = 0.05
"""Seconds: the first wait at the same target is at most this."""
_TOO_LARGE: Final = 413
BACKOFF_CAP: Final = 1.0
"""Seconds: no wait at the same target is longer, unless the provider asks for more."""


@unique
class Move(Enum):
    """What the cascade does next."""

    AGAIN = auto()
    """Try the same target after a wait."""
    NEXT = auto()
    """Go to the next target at once."""
    STOP = auto()
    """Answer the failure to the caller."""


@unique
class _Rule(Enum):
    STOP = auto()
    """The request itself, or nobody is there to answer."""
    NEXT = auto()
    """This target will not do better at once."""
    RETRY = auto()
    """It may do better in a moment: again while retries last, then next."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one failure."""

    move: Move
    delay: float = 0.0
    """Seconds to wait before trying the same target again."""
    counts: bool = True
    """Whether the failure speaks against the target's health."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration says about failures at one target."""

    retries: int = 0
    """Further tries at the same target."""
    retry_after_max: float = 10.0
    """Seconds: the longest hint that is waited for at the same target."""
    fallback_on: Collection[Kind] = ()
    """Kinds blamed on the request that may go on to the next target all the same."""
    passthrough: bool = False
    """The credential is the caller's: a refusal of it is the caller's too."""


_ROWS: Final[dict[Kind, tuple[_Rule, bool]]] = {
    Kind.INVALID_REQUEST: (_Rule.STOP, False),
    Kind.UNSUPPORTED: (_Rule.STOP, False),
    Kind.CONTEXT_LENGTH: (_Rule.STOP, False),
    Kind.CONTENT_FILTER: (_Rule.STOP, False),
    Kind.TOO_LARGE: (_Rule.STOP, False),
    Kind.UNKNOWN_MODEL: (_Rule.STOP, False),
    Kind.UNAUTHENTICATED: (_Rule.STOP, False),
    Kind.FORBIDDEN: (_Rule.STOP, False),
    Kind.UNPAID: (_Rule.STOP, False),
    Kind.MISSING: (_Rule.STOP, False),
    Kind.CONFLICT: (_Rule.STOP, False),
    Kind.AUTH: (_Rule.NEXT, True),
    Kind.PERMISSION: (_Rule.NEXT, True),
    Kind.QUOTA: (_Rule.NEXT, True),
    Kind.NOT_FOUND: (_Rule.NEXT, True),
    Kind.MISCONFIGURED: (_Rule.NEXT, True),
    Kind.RATE_LIMIT: (_Rule.RETRY, True),
    Kind.OVERLOADED: (_Rule.RETRY, True),
    Kind.SERVER_ERROR: (_Rule.RETRY, True),
    Kind.UPSTREAM_TIMEOUT: (_Rule.RETRY, True),
    Kind.CIRCUIT_OPEN: (_Rule.NEXT, False),
    Kind.OUTRUN: (_Rule.NEXT, False),
    Kind.CONNECT: (_Rule.NEXT, True),
    Kind.RESET: (_Rule.NEXT, True),
    Kind.CONNECT_TIMEOUT: (_Rule.NEXT, True),
    Kind.FIRST_BYTE_TIMEOUT: (_Rule.NEXT, True),
    Kind.IDLE_TIMEOUT: (_Rule.NEXT, True),
    Kind.TOTAL_TIMEOUT: (_Rule.NEXT, True),
    Kind.EMPTY: (_Rule.NEXT, True),
    Kind.TRUNCATED: (_Rule.NEXT, True),
    Kind.MALFORMED: (_Rule.NEXT, True),
    Kind.OVERSIZED: (_Rule.NEXT, True),
    Kind.CANCELLED: (_Rule.STOP, False),
    Kind.SATURATED: (_Rule.STOP, False),
    Kind.DRAINING: (_Rule.STOP, False),
    Kind.INTERNAL: (_Rule.NEXT, True),
}

FALLBACK_KINDS: Final = frozenset({Kind.CONTEXT_LENGTH, Kind.CONTENT_FILTER, Kind.UNSUPPORTED})
"""What `fallback_on` may name."""


def judge(error: ProxyError, tries: int, policy: Policy, jitter: float) -> Verdict:
    """Decide on one failure before the commit.

    Args:
        error: What happened.
        tries: How often this target was tried in this call, this failure included (1-based).
        policy: The target's settings.
        jitter: A draw from [0, 1), for full jitter.
    """
    rule, counts = _ROWS[error.kind]
    if is_skip(error) or _is_too_large(error) or is_spoilt(error):
        return Verdict(Move.NEXT, counts=False)
    if policy.passthrough and error.kind in (Kind.AUTH, Kind.PERMISSION):
        return Verdict(Move.STOP, counts=False)
    if rule is _Rule.STOP:
        may_go_on = error.kind in FALLBACK_KINDS and error.kind in policy.fallback_on
        return Verdict(Move.NEXT if may_go_on else Move.STOP, counts=counts)
    if rule is _Rule.RETRY and tries <= policy.retries:
        hint = error.retry_after or 0.0
        if hint <= policy.retry_after_max:
            return Verdict(Move.AGAIN, delay=max(hint, backoff(tries, jitter)), counts=counts)
    return Verdict(Move.NEXT, counts=counts)


def counts(error: ProxyError) -> bool:
    """Whether a failure speaks against the health of the target that it came from."""
    return _ROWS[error.kind][1] and not is_skip(error) and not _is_too_large(error)


def is_skip(error: ProxyError) -> bool:
    """Whether our own codec said it: the target cannot serve the request, and was not asked."""
    return error.kind is Kind.UNSUPPORTED and error.status is None


def _is_too_large(error: ProxyError) -> bool:
    """Whether one request is more than a limit's whole minute: it is that at every try, and says nothing of the target."""
    return error.kind is Kind.RATE_LIMIT and error.status == _TOO_LARGE


def backoff(tries: int, jitter: float) -> float:
    """Seconds to wait after try number `tries`: full jitter under a doubling cap.

    Source: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ (read 2026-11-20).
    """
    return jitter * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(tries - 1, 16))
