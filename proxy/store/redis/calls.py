"""What became of calls: a row each for a while, and sums of each day for good.

A sum over many days reads the days' sums, and rows only of the days that it begins and ends within: a million rows would
take seconds to read, and a script that added them up would stop the server for as long.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields
from typing import Final, TypeAlias

from proxy.core import jsons
from proxy.store.plain import plain
from proxy.store.records import By, CallRow, Finding, Sum
from proxy.store.totals import COUNTED, sum_of

DAY: Final = 86400

GROUPED: Final = tuple(by.value for by in By)
"""The names that a day's sums are kept by."""

Argument: TypeAlias = str | bytes | float

_FIELDS: Final = tuple(each.name for each in fields(CallRow))


def telling(row: CallRow | None) -> list[Argument]:
    """A row, for `conclude.lua`."""
    if row is None:
        return ["0"]
    one = sum_of(row, By.TEAM)
    return [
        "1",
        row.id,
        repr(float(row.at)),
        math.floor(row.at / DAY),
        row.team,
        row.job,
        jsons.encode([plain(getattr(row, name)) for name in GROUPED]),
        *(getattr(one, name) for name in COUNTED),
        jsons.encode([getattr(row, name) for name in _FIELDS]),
    ]


def row(body: bytes) -> CallRow:
    """A row as it was kept."""
    return CallRow(**dict(zip(_FIELDS, jsons.decode(body), strict=False)))


def way(finding: Finding) -> tuple[str, str]:
    """Which list of rows leads to what is meant, and whose."""
    if finding.job:
        return "job", finding.job
    if finding.team:
        return "team", finding.team
    return "", ""


def whole_days(finding: Finding) -> tuple[int, float]:
    """The first day that is meant whole, and the first after it that is not."""
    until = finding.until / DAY
    return math.ceil(finding.since / DAY), until if math.isinf(until) else math.floor(until)


def of_day(told: Iterable[tuple[bytes, bytes]], by: By, finding: Finding) -> Iterable[Sum]:
    """The sums of one day: names and counts."""
    for names, counts in told:
        named = dict(zip(GROUPED, jsons.decode(names), strict=True))
        if finding.team in ("", named["team"]) and finding.key in ("", named["key"]):
            *whole, duration = counts.split()
            yield Sum(
                named[by],
                **dict(zip(COUNTED, map(int, whole), strict=False)),
                duration_ms=float(duration),
            )
