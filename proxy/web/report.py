"""What a caller reads in an answer who asked what happened: the object `firstbyte`."""

from typing import Any

from proxy.core.price import number
from proxy.core.shape import Json
from proxy.web.call import Call


def report_of(call: Call, now: float) -> Json:
    """`firstbyte: {...}` for a caller who asked what happened."""
    attempts: list[Any] = [
        {
            "target": tried.target,
            "status": tried.status,
            "code": tried.kind.value if tried.kind else "served",
            "ms": tried.ms,
        }
        for tried in call.tried
    ]
    report: Json = {
        "target": call.author or None,
        "attempts": attempts,
        "usage": call.usage.wire() if call.usage else None,
        "cost_usd": number(call.cost),
        "ttft_ms": round(call.ttft_ms or 0.0, 1),
        "duration_ms": round(call.since(now), 1),
    }
    if call.cache:
        report["cache"] = call.cache
    if len(call.runs) > 1:
        report["runs"] = [
            {
                "target": run.target,
                "usage": run.usage.wire() if run.usage else None,
                "cost_usd": number(run.cost),
            }
            for run in call.runs
        ]
    return report
