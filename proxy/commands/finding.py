"""What an examination found, one thing at a time: a line for people, or a record for programs.

Invariant: a finding holds no secret; whoever makes one shows keys by their hints.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from proxy.core.shape import Json

Level: TypeAlias = Literal["ok", "warn", "fail"]
_PLACE: Final = 10
"""Columns for the name of what was looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and how it is."""

    level: Level
    subject: str
    """What was looked at, in a word: `config`, `clock`, a provider's name."""
    message: str
    hint: str = ""
    """What to do about it; empty where nothing needs to be done."""


def ok(subject: str, message: str) -> Finding:
    """It is as it should be."""
    return Finding("ok", subject, message)


def warn(subject: str, message: str, hint: str = "") -> Finding:
    """It works, or may work, and somebody should know."""
    return Finding("warn", subject, message, hint)


def fail(subject: str, message: str, hint: str = "") -> Finding:
    """It does not work."""
    return Finding("fail", subject, message, hint)


def failed(findings: Sequence[Finding]) -> bool:
    """Whether one of them is a failure."""
    return any(each.level == "fail" for each in findings)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """For people: a line each, and the remedy below it where there is one."""
    for each in findings:
        yield f"{each.level:4}  {each.subject:{_PLACE}}  {each.message}"
        if each.hint:
            yield f"{'':{4 + 2 + _PLACE + 2}}hint: {each.hint}"
    counts = {level: sum(each.level == level for each in findings) for level in ("warn", "fail")}
    if not any(counts.values()):
        yield "Everything is well."
        return
    parts = [
        f"{number} {_NOUNS[level]}{'' if number == 1 else 's'}"
        for level, number in counts.items()
        if number
    ]
    yield f"{' and '.join(reversed(parts))}."


def record(findings: Sequence[Finding]) -> Json:
    """For programs."""
    return {
        "ok": not failed(findings),
        "findings": [
            {"level": f.level, "subject": f.subject, "message": f.message, "hint": f.hint or None}
            for f in findings
        ],
    }


_NOUNS: Final = {"warn": "warning", "fail": "failure"}
