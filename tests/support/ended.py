"""The last fact of a call, as tests need it."""

from proxy.core.facts import CallEnded, Outcome


def ended(**more):
    told = {
        "call": "req_1",
        "surface": "chat",
        "alias": "chat",
        "asked": "chat",
        "target": "p/m",
        "attempts": (),
        "outcome": Outcome.SERVED,
        "status": 200,
        "kind": None,
        "stream": True,
        "ttft_ms": 12.34,
        "duration_ms": 1000.0,
        "usage": None,
        "dropped": (),
        "at": 1_790_000_000.0,
    }
    return CallEnded(**{**told, **more})
