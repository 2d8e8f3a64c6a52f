"""What is wrong with a configuration: a place, a path and a sentence, gathered until all of them are known.

Invariant: a message never holds what an environment variable or a referenced file holds, nor what looks like a key
that somebody pasted in the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from proxy.core.nearest import nearest
from proxy.core.redaction import described, looks_like_key

_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_*-]{1,64}")
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written. Line and column count from 1; 0 where the source has no lines."""

    source: str
    """A file as it was named, or a variable (`$FIRSTBYTE_PROFILE`)."""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One error: `firstbyte.yaml:3:30: models.fast[0].wieght: unknown key; did you mean 'weight'?`"""

    file: str
    line: int
    column: int
    path: str
    """The key at fault, empty where the whole file is."""
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.path, self.message) if part)


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column))
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Findings:
    """Collects problems and warnings while a configuration is read, so that all are told at once."""

    noted: dict[Problem, None] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """What was found, in the order of finding."""
        return list(self.noted)

    def blame(self, place: Place, path: str, message: str) -> None:
        """Note an error; the same one is noted once, however often an alias repeats it."""
        self.noted[Problem(place.source, place.line, place.column, path, message)] = None

    def warn(self, sentence: str) -> None:
        """Note what an operator should know."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def settle(self) -> None:
        """Raise what was found.

        Raises:
            ConfigError: there was a problem.
        """
        if self.noted:
            raise ConfigError(self.noted)


def under(path: str, key: str | int) -> str:
    """The path of a member: `models.fast`, `models.'gpt-5.4'`, `models.fast[0]`; a name that is a key is described."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if looks_like_key(key):
        name = f"<{described(key)}>"
    else:
        name = key if _PLAIN_KEY.fullmatch(key) else quoted(key)
    return f"{path}.{name}" if path else name


def quoted(text: str) -> str:
    """Text as a message shows it: quoted, on one line, not longer than a reader needs; a key is only described."""
    if looks_like_key(text):
        return described(text)
    return _cut(text)


def _cut(text: str) -> str:
    short = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return ascii(short) if not short.isprintable() else f"'{short}'"


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known name is near, else nothing; such a name is in use already, and no secret."""
    names = sorted(known)
    if len(wrong) > _SHOWN:
        return ""
    near = nearest(wrong, names)
    if not near:
        lower = {name.lower(): name for name in names}
        near = [lower[name] for name in (wrong.lower(),) if name in lower]
    return f"; did you mean {_cut(near[0])}?" if near else ""
