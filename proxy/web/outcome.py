"""How a call ends: what it is called where nobody served it, and the last fact that is told of it."""

from typing import Final

from starlette.types import Scope

from proxy.core.errors import Blame, Kind, ProxyError
from proxy.core.facts import CallEnded, Outcome
from proxy.web.call import Call
from proxy.web.dialect import is_anthropic
from proxy.web.refusal import Refusal
from proxy.web.unread import REFUSED

CLOSED: Final = 499
"""What the log says as status where the caller left before there was one."""


def unserved(error: ProxyError) -> Outcome:
    """How a call has ended that no target serves: what a caller does wrong is no failure of anybody else's."""
    is_own = error.meaning.blame is Blame.CALLER
    return Outcome.REFUSED if is_own else Outcome.FAILED


def caller_left(call: Call, scope: Scope) -> None:
    """Its caller left before the answer was whole, or was told by its connection why that hears no more."""
    refusal: Refusal | None = scope.get(REFUSED)
    if refusal is None:
        call.outcome, call.kind = Outcome.CANCELLED, Kind.CANCELLED
        return
    call.outcome, call.kind, call.status = Outcome.REFUSED, refusal.kind, refusal.status
    call.bytes_out = len(refusal.body(call.id, anthropic=is_anthropic(scope)))


def last_fact(call: Call, now: float, wall: float) -> CallEnded:
    """The last fact of the call.

    Args:
        call: Which is over.
        now: Loop time.
        wall: Seconds since 1970.
    """
    # In the order of its fields: so many names would cost more than all the rest.
    return CallEnded(
        call.id,
        call.surface,
        call.alias,
        call.asked,
        call.target,
        call.tried if call.under_way is None else call.under_way.tried or call.tried,
        call.outcome,
        call.status or CLOSED,
        call.kind,
        call.stream,
        call.ttft_ms,
        (now - call.began) * 1000,
        call.usage,
        call.dropped,
        call.cost,
        call.runs,
        call.served,
        call.overhead_ms,
        call.bytes_in,
        call.bytes_out,
        call.began,
        call.trace,
        call.team,
        call.key_id,
        call.job,
        "" if call.entry is None else call.cache,
        wall,
        call.is_hushed,
    )
