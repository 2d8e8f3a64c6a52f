"""Facts to the log: one line a call, as JSON, or as a sentence for a person at a terminal.

A line tells who was asked, who served, how long it took and what it used; never a key, never content. An attempt that
failed by our own configuration (a refused key, a model that is not there) makes the line a warning that names it.
"""

import sys
from typing import Any, Final, TextIO

from proxy.core import jsons
from proxy.core.clock import Clock
from proxy.core.errors import MEANINGS, Blame, Tried
from proxy.core.facts import AttemptFailed, CallEnded, Fact, Outcome
from proxy.core.price import number

MAX_VALUE: Final = 1024
"""Characters of a logged value; names come from callers."""

_BAD_ENDS: Final = frozenset({Outcome.FAILED, Outcome.CUT})


class CallLog:
    """Writes a line for each call that ended.

    Args:
        clock: For the time stamp.
        stream: Where lines go; standard output by default.
        form: `json`, `text`, or `auto`: text where the stream is a terminal.
    """

    def __init__(self, clock: Clock, stream: TextIO | None = None, form: str = "auto") -> None:
        self._clock = clock
        self._stream: TextIO | None = stream or sys.stdout
        self._text = form == "text" or (form == "auto" and self._stream.isatty())
        self._faults: dict[str, list[AttemptFailed]] = {}

    def on(self, fact: Fact) -> None:
        """Take note; a call's line is written when it ends."""
        match fact:
            case AttemptFailed() if MEANINGS[fact.kind].blame is Blame.CONFIG:
                self._faults.setdefault(fact.call, []).append(fact)
            case CallEnded():
                self._write(fact, self._faults.pop(fact.call, []))
            case _:
                pass

    def _write(self, fact: CallEnded, faults: list[AttemptFailed]) -> None:
        if self._stream is None:
            return
        line = _sentence(fact) if self._text else self._record(fact, faults)
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads the log any more (a closed pipe): calls go on.
            self._stream = None

    def _record(self, fact: CallEnded, faults: list[AttemptFailed]) -> str:
        usage = fact.usage
        record: dict[str, Any] = {
            "at": round(self._clock.wall(), 3),
            "level": "warning" if faults or fact.outcome in _BAD_ENDS else "info",
            "event": "call",
            "request_id": fact.call,
            "surface": fact.surface,
            "alias": _short(fact.alias),
            "model": _short(fact.asked),
            "target": fact.target,
            "outcome": fact.outcome.value,
            "status": fact.status,
            "error": fact.kind.value if fact.kind else None,
            "stream": fact.stream,
            "attempts": [_attempt(tried) for tried in fact.attempts],
            "ttft_ms": _rounded(fact.ttft_ms),
            "duration_ms": _rounded(fact.duration_ms),
            "prompt_tokens": usage.prompt if usage else None,
            "completion_tokens": usage.completion if usage else None,
            "cached_tokens": usage.cached if usage else None,
            "reasoning_tokens": usage.reasoning if usage else None,
            "cost_usd": number(fact.cost_usd),
        }
        if fact.dropped:
            record["dropped"] = list(fact.dropped)
        if faults:
            record["configuration_faults"] = [
                {
                    "target": fault.target,
                    "error": fault.kind.value,
                    "message": _short(fault.message),
                }
                for fault in faults
            ]
        return jsons.encode(record).decode()


def _attempt(tried: Tried) -> dict[str, Any]:
    return {
        "target": tried.target,
        "result": tried.kind.value if tried.kind else "served",
        "status": tried.status,
        "code": _short(tried.code) if tried.code else None,
        "ms": tried.ms,
    }


def _sentence(fact: CallEnded) -> str:
    parts = [f"{fact.outcome.value:9} {fact.status}", _short(fact.asked) or "(no model)"]
    if fact.attempts:
        parts.append(
            " > ".join(f"{t.target}={t.kind.value if t.kind else 'served'}" for t in fact.attempts)
        )
    elif fact.kind:
        parts.append(fact.kind.value)
    if fact.ttft_ms is not None:
        parts.append(f"first token {fact.ttft_ms:.0f} ms")
    parts.append(f"{fact.duration_ms:.0f} ms")
    if fact.usage:
        parts.append(f"{fact.usage.prompt}+{fact.usage.completion} tokens")
    if fact.cost_usd is not None:
        parts.append(f"${fact.cost_usd:f}")
    return "  ".join(_printable(part) for part in parts)


def _short(value: str) -> str:
    return value if len(value) <= MAX_VALUE else value[:MAX_VALUE] + "…"


def _printable(text: str) -> str:
    """No control character of a caller's reaches an operator's terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
