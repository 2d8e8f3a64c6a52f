"""Facts of a call, made up: what differs from an ordinary one is named."""

from decimal import Decimal

from proxy.core.errors import Kind, Tried
from proxy.core.facts import AnswerBegan, AttemptFailed, CallEnded, Outcome, Run
from proxy.core.trace import Trace
from proxy.core.usage import Usage

TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7", 1)
USED = Usage(10, 5, cached=4, reasoning=2)
PRICE = Decimal("0.0000125")
WALL = 1_790_000_000.5
"""When it ended, and what the clock of these facts shows."""
FAILED = Tried("a/m", Kind.OVERLOADED, 529, "overloaded_error", 3.2, began=100.001)
SERVED = Tried("b/m", None, None, None, 40.0, began=100.003)


def ended(**changes):
    """The end of a streamed call that `a/m` failed and `b/m` served."""
    fields = {
        "call": "req_1",
        "surface": "chat",
        "alias": "chat",
        "asked": "chat",
        "target": "b/m",
        "attempts": (FAILED, SERVED),
        "outcome": Outcome.SERVED,
        "status": 200,
        "kind": None,
        "stream": True,
        "ttft_ms": 43.21,
        "duration_ms": 99.96,
        "usage": USED,
        "dropped": ("seed",),
        "cost_usd": PRICE,
        "runs": (Run("b/m", USED, PRICE),),
        "served": "m-2026-01-01",
        "overhead_ms": 0.21,
        "bytes_in": 120,
        "bytes_out": 2400,
        "began": 100.0,
        "trace": TRACE,
        "team": "blue",
        "key_id": "key_1",
        "job": "",
        "at": WALL,
    }
    return CallEnded(**{**fields, **changes})


def refused(**changes):
    """A call that was answered before any target was tried."""
    fields = {
        "target": None,
        "attempts": (),
        "outcome": Outcome.REFUSED,
        "status": 404,
        "kind": Kind.UNKNOWN_MODEL,
        "ttft_ms": None,
        "usage": None,
        "dropped": (),
        "cost_usd": None,
        "runs": (),
        "served": "",
        "overhead_ms": None,
    }
    return ended(**{**fields, **changes})


def began(**changes):
    fields = {
        "call": "req_1",
        "alias": "chat",
        "target": "b/m",
        "ttft_ms": 43.21,
        "stream": True,
        "trace": TRACE,
        "at": WALL,
    }
    return AnswerBegan(**{**fields, **changes})


def failed(**changes):
    fields = {
        "call": "req_1",
        "alias": "chat",
        "target": "a/m",
        "kind": Kind.OVERLOADED,
        "status": 529,
        "code": None,
        "message": "busy",
        "ms": 3.2,
        "moved_on": True,
    }
    return AttemptFailed(**{**fields, **changes})


class Stopped:
    """A clock that stands still."""

    def now(self):
        return 100.0

    def wall(self):
        return WALL
