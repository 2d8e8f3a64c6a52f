"""Facts to the log: one line a call, as JSON, or as a sentence for a person at a terminal.

A line tells who was asked, who served, how long it took and what it used; never a key, never content, for which there
are lines of its own where the operator asked for them. An attempt that failed by our own configuration (a refused key, a model that is not there) makes the line a warning that names it.
`docs/log.schema.json` says what a line may hold.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any, Final, TextIO

from proxy.core import jsons
from proxy.core.content import Content
from proxy.core.errors import MEANINGS, Blame, Kind
from proxy.core.facts import SERVED, AttemptFailed, CallEnded, Fact, Outcome
from proxy.core.price import number
from proxy.core.rounding import tenths, thousandths
from proxy.core.shorten import shortened
from proxy.watch import content as contents
from proxy.watch.lines import Lines
from proxy.watch.sentence import sentence

MAX_VALUE: Final = 1024
"""Characters of a logged value; names come from callers."""

_BAD: Final = (Outcome.FAILED, Outcome.CUT)
_CONFIG: Final = frozenset(kind for kind, row in MEANINGS.items() if row.blame is Blame.CONFIG)


class _Attempt(jsons.Struct):
    target: str
    result: str
    status: int | None
    code: str | None
    ms: float


class _Fault(jsons.Struct):
    target: str
    error: Kind
    message: str


class _Record(jsons.Struct, omit_defaults=True):
    """A line; what has a default is left out where there is nothing to say."""

    at: float
    level: str
    event: str
    request_id: str
    trace_id: str | None
    surface: str
    alias: str
    model: str
    target: str | None
    served_model: str | None
    outcome: Outcome
    status: int
    error: Kind | None
    stream: bool
    attempts: list[_Attempt]
    ttft_ms: float | None
    duration_ms: float
    overhead_ms: float | None
    bytes_in: int
    bytes_out: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None
    team: str | None = None
    key_id: str | None = None
    job: str | None = None
    cache: str | None = None
    dropped: tuple[str, ...] | None = None
    configuration_faults: list[_Fault] | None = None
    usage_is_estimate: bool = False


class CallLog:
    """Writes a line for each call that ended.

    Args:
        stream: Where lines go; standard output by default.
        form: `json`, `text`, or `auto`: text where the stream is a terminal.
    """

    hears_wholes_begin = False

    def __init__(self, stream: TextIO | None = None, form: str = "auto") -> None:
        stream = stream or sys.stdout
        self._lines = Lines(stream)
        self._text = form == "text" or (form == "auto" and stream.isatty())
        self._colour = self._text and shows_colour(stream)
        self._faults: dict[str, list[AttemptFailed]] = {}
        self._contents: dict[tuple[str, float], Content] = {}
        """By the call's id and its end: callers name calls, and may name several alike."""

    def on(self, fact: Fact) -> None:
        """Take note; a call's line is written when it ends."""
        self.on_many(iter((fact,)))

    def on_many(self, facts: Iterator[Fact]) -> None:
        """Take note; the lines of calls that ended together are written together."""
        told: list[Any] = []
        said: dict[int, Content] = {}
        try:
            for fact in facts:
                if type(fact) is CallEnded:
                    if self._contents:
                        content = self._contents.pop((fact.call, fact.at), None)
                        if content is not None:
                            said[len(told)] = content
                    told.append(self._told(fact))
                elif type(fact) is AttemptFailed and fact.kind in _CONFIG:
                    self._faults.setdefault(fact.call, []).append(fact)
        finally:
            # Also where one cannot be told: the calls before it had their end.
            lines = _texts(told) if self._text else _lines(told)
            self._lines.write_all(self._with(said, lines) if said else lines)

    def say(self, content: Content) -> None:
        """Write down what was said in a call behind its line, which is about to come."""
        self._contents[content.call, content.at] = content

    def close(self) -> None:
        """Let the last lines out."""
        self._lines.close()

    def _told(self, fact: CallEnded) -> Any:
        faults = self._faults.pop(fact.call, None) if self._faults else None
        return sentence(fact, colour=self._colour) if self._text else _record(fact, faults)

    def _with(self, said: dict[int, Content], lines: list[bytes]) -> list[bytes]:
        """The lines of calls, each with what was said in it behind it."""
        all_lines: list[bytes] = []
        for place, line in enumerate(lines):
            all_lines.append(line)
            if place in said:
                content = said[place]
                all_lines += (
                    _texts(contents.sentences(content)) if self._text else [contents.line(content)]
                )
        return all_lines


def shows_colour(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose reader wants colours.

    Source: https://no-color.org (read 2026-11-21).
    """
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not unwanted


def _texts(sentences: list[str]) -> list[bytes]:
    return [text.encode(errors="replace") for text in sentences]


def _lines(records: list[_Record]) -> list[bytes]:
    # A short line has no long value in it.
    return [
        line if len(line) <= MAX_VALUE else jsons.encode(shortened(jsons.decode(line), MAX_VALUE))
        for line in jsons.encode_lines(records)
    ]


def _record(fact: CallEnded, faults: list[AttemptFailed] | None) -> _Record:
    usage, trace, outcome = fact.usage, fact.trace, fact.outcome
    ttft, overhead = fact.ttft_ms, fact.overhead_ms
    is_bad = outcome is not SERVED and outcome in _BAD
    # In the order of its fields: so many names would cost more than all the rest.
    return _Record(
        thousandths(fact.at),
        "warning" if faults or is_bad else "info",
        "call",
        fact.call,
        trace.id if trace else None,
        fact.surface,
        fact.alias,
        fact.asked,
        fact.target,
        fact.served or None,
        outcome,
        fact.status,
        fact.kind,
        fact.stream,
        [
            _Attempt(t.target, t.kind or "served", t.status, t.code or None, t.ms)
            for t in fact.attempts
        ],
        None if ttft is None else tenths(ttft),
        tenths(fact.duration_ms),
        None if overhead is None else thousandths(overhead),
        fact.bytes_in,
        fact.bytes_out,
        usage.prompt if usage else None,
        usage.completion if usage else None,
        usage.cached if usage else None,
        usage.reasoning if usage else None,
        number(fact.cost_usd),
        fact.team or None,
        fact.key_id or None,
        fact.job or None,
        fact.cache or None,
        fact.dropped or None,
        [_Fault(each.target, each.kind, each.message) for each in faults] if faults else None,
        (outcome is not SERVED or len(fact.runs) > 1) and any(run.is_guess for run in fact.runs),
    )
