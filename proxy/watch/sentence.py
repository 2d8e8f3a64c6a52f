"""A call that ended, as one line for a person at a terminal: what is short and always there in columns, then the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from proxy.core.errors import Tried
from proxy.core.facts import CallEnded, Outcome

MAX_NAME: Final = 60
"""Characters of a name; callers make them up."""
_GREEN, _YELLOW, _RED, _DIM, _END = "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[2m", "\x1b[0m"
_COLOURS: Final = {
    Outcome.SERVED: _GREEN,
    Outcome.FAILED: _RED,
    Outcome.CUT: _RED,
    Outcome.CANCELLED: _YELLOW,
    Outcome.REFUSED: _YELLOW,
}

_Paint: TypeAlias = Callable[[str, str], str]


def sentence(fact: CallEnded, *, colour: bool = False) -> str:
    """The line, without its end.

    Args:
        fact: The call; when it ended is told as the local time of day.
        colour: Whether the reader's terminal shows colours.
    """
    paint = _painted if colour else _plain
    moment = datetime.fromtimestamp(fact.at).astimezone()
    first = "" if fact.ttft_ms is None else f"first token {_time(fact.ttft_ms)}"
    usage = fact.usage
    parts = [
        paint(f"{moment:%H:%M:%S}", _DIM),
        paint(f"{fact.outcome.value:9} {fact.status}", _COLOURS[fact.outcome]),
        f"{first:19} {'all ' + _time(fact.duration_ms):11}",
        f"{f'{usage.prompt}+{usage.completion} tokens' if usage else '':18}",
    ]
    if fact.cost_usd is not None:
        parts.append(f"${fact.cost_usd:f}")
    parts.append(_name(fact.asked) or "(no model)")
    if fact.attempts:
        parts.append(" > ".join(_tried(tried, paint) for tried in fact.attempts))
    elif fact.kind:
        parts.append(fact.kind.value)
    return "  ".join(parts).rstrip()


def _tried(tried: Tried, paint: _Paint) -> str:
    name = _name(tried.target)
    if tried.kind is None:
        return f"{name}={paint('served', _GREEN)}"
    return f"{name}={paint(tried.kind.value, _YELLOW)}"


def _time(ms: float) -> str:
    """At most 7 characters, for anything below a day."""
    if ms < 10_000:
        return f"{ms:.1f} ms" if ms < 9.95 else f"{ms:.0f} ms"
    return f"{ms / 1000:.1f} s" if ms < 999_000 else f"{ms / 1000:.0f} s"


def _name(text: str) -> str:
    """No control character of a caller's reaches an operator's terminal."""
    short = text if len(text) <= MAX_NAME else text[: MAX_NAME - 1] + "…"
    return short if short.isprintable() else "".join(c if c.isprintable() else "?" for c in short)


def _plain(text: str, _: str) -> str:
    return text


def _painted(text: str, colour: str) -> str:
    return f"{colour}{text}{_END}"
