"""Facts to the log: one line a call, as JSON, or as a sentence for a person at a terminal.

A line tells who was asked, who served, how long it took and what it used; never a key, never content. An attempt that
failed by our own configuration (a refused key, a model that is not there) makes the line a warning that names it.
`docs/log.schema.json` says what a line may hold.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any, Final, TextIO

from proxy.core import jsons
from proxy.core.errors import MEANINGS, Blame, Tried
from proxy.core.facts import AttemptFailed, CallEnded, Fact, Outcome
from proxy.core.price import number
from proxy.watch.lines import Lines
from proxy.watch.sentence import sentence

MAX_VALUE: Final = 1024
"""Characters of a logged value; names come from callers."""

_CONFIG: Final = frozenset(kind for kind, row in MEANINGS.items() if row.blame is Blame.CONFIG)


class CallLog:
    """Writes a line for each call that ended.

    Args:
        stream: Where lines go; standard output by default.
        form: `json`, `text`, or `auto`: text where the stream is a terminal.
    """

    def __init__(self, stream: TextIO | None = None, form: str = "auto") -> None:
        stream = stream or sys.stdout
        self._lines = Lines(stream)
        self._text = form == "text" or (form == "auto" and stream.isatty())
        self._colour = self._text and shows_colour(stream)
        self._faults: dict[str, list[AttemptFailed]] = {}

    def on(self, fact: Fact) -> None:
        """Take note; a call's line is written when it ends."""
        self.on_many(iter((fact,)))

    def on_many(self, facts: Iterator[Fact]) -> None:
        """Take note; the lines of calls that ended together are written together."""
        told: list[Any] = []
        try:
            for fact in facts:
                if type(fact) is CallEnded:
                    told.append(self._told(fact))
                elif type(fact) is AttemptFailed and fact.kind in _CONFIG:
                    self._faults.setdefault(fact.call, []).append(fact)
        finally:
            # Also where one cannot be told: the calls before it had their end.
            self._lines.write_all(_texts(told) if self._text else _lines(told))

    def close(self) -> None:
        """Let the last lines out."""
        self._lines.close()

    def _told(self, fact: CallEnded) -> Any:
        faults = self._faults.pop(fact.call, None) if self._faults else None
        return sentence(fact, colour=self._colour) if self._text else _record(fact, faults)


def shows_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose reader wants colours.

    Source: https://no-color.org (read 2026-11-21).
    """
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not unwanted


def _texts(sentences: list[str]) -> list[bytes]:
    return [text.encode(errors="replace") for text in sentences]


def _lines(records: list[dict[str, Any]]) -> list[bytes]:
    lines = jsons.encode_lines(records)
    # A short line has no long value in it.
    if max(map(len, lines), default=0) <= MAX_VALUE:
        return lines
    return [
        line if len(line) <= MAX_VALUE else jsons.encode(_cut(record))
        for line, record in zip(lines, records, strict=True)
    ]


def _cut(value: Any) -> Any:
    """The same with every text cut that is too long."""
    if isinstance(value, dict):
        return {name: _cut(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(each) for each in value]
    is_long = isinstance(value, str) and len(value) > MAX_VALUE
    return value[:MAX_VALUE] + "…" if is_long else value


def _record(fact: CallEnded, faults: list[AttemptFailed] | None) -> dict[str, Any]:
    usage, trace, outcome = fact.usage, fact.trace, fact.outcome
    is_bad = outcome is Outcome.FAILED or outcome is Outcome.CUT
    record: dict[str, Any] = {
        "at": round(fact.at, 3),
        "level": "warning" if faults or is_bad else "info",
        "event": "call",
        "request_id": fact.call,
        "trace_id": trace.id if trace else None,
        "surface": fact.surface,
        "alias": fact.alias,
        "model": fact.asked,
        "target": fact.target,
        "served_model": fact.served or None,
        "outcome": outcome,
        "status": fact.status,
        "error": fact.kind,
        "stream": fact.stream,
        "attempts": [_attempt(tried) for tried in fact.attempts],
        "ttft_ms": _rounded(fact.ttft_ms),
        "duration_ms": round(fact.duration_ms, 1),
        "overhead_ms": None if fact.overhead_ms is None else round(fact.overhead_ms, 3),
        "bytes_in": fact.bytes_in,
        "bytes_out": fact.bytes_out,
        "prompt_tokens": usage.prompt if usage else None,
        "completion_tokens": usage.completion if usage else None,
        "cached_tokens": usage.cached if usage else None,
        "reasoning_tokens": usage.reasoning if usage else None,
        "cost_usd": number(fact.cost_usd),
    }
    if fact.team or fact.key_id or fact.job:
        who = (("team", fact.team), ("key_id", fact.key_id), ("job", fact.job))
        record |= {name: value for name, value in who if value}
    if fact.cache:
        record["cache"] = fact.cache
    if fact.dropped:
        record["dropped"] = fact.dropped
    if faults:
        record["configuration_faults"] = [
            {"target": each.target, "error": each.kind, "message": each.message} for each in faults
        ]
    return record


def _attempt(tried: Tried) -> dict[str, Any]:
    return {
        "target": tried.target,
        "result": tried.kind or "served",
        "status": tried.status,
        "code": tried.code or None,
        "ms": tried.ms,
    }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
