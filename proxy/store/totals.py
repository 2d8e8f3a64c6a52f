"""Adds rows of calls up to sums of usage, for the stores that have no query language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, replace
from operator import attrgetter
from typing import Final, TypeAlias

from proxy.core.facts import Outcome
from proxy.store.records import Brief, By, CallRow, Finding, Sum

FAILED: Final = frozenset({Outcome.FAILED, Outcome.CUT})
"""The outcomes that a sum counts as failed."""

_Numbers: TypeAlias = tuple[int, int, int, int, int, int, int, int, float]

COUNTED: Final = tuple(each.name for each in fields(Sum) if each.name != "group")
"""What is added up."""


def meant(row: CallRow | Brief, finding: Finding) -> bool:
    """Whether a row is one of those."""
    return (
        finding.since <= row.at < finding.until
        and finding.team in ("", row.team)
        and finding.key in ("", row.key)
        and finding.job in ("", row.job)
    )


def sum_of(row: CallRow, by: By) -> Sum:
    """One row as a sum of one."""
    return Sum(getattr(row, by), *_numbers(row))


def tally(rows: Iterable[CallRow | Brief], by: By) -> list[Sum]:
    """One sum for each group of rows, in the order of `together`."""
    groups: defaultdict[str, list[_Numbers]] = defaultdict(list)
    group_of = attrgetter(by)
    for row in rows:
        groups[group_of(row)].append(_numbers(row))
    return _ordered(
        Sum(group, *map(sum, zip(*numbers, strict=True))) for group, numbers in groups.items()
    )


def together(sums: Iterable[Sum]) -> list[Sum]:
    """One sum for each group, the largest cost first and equals by name."""
    groups: dict[str, Sum] = {}
    for each in sums:
        so_far = groups.get(each.group)
        groups[each.group] = each if so_far is None else _plus(so_far, each)
    return _ordered(groups.values())


def _ordered(sums: Iterable[Sum]) -> list[Sum]:
    return sorted(sums, key=lambda each: (-each.cost_micros, each.group))


def _numbers(row: CallRow | Brief) -> _Numbers:
    """What a row adds to a sum, in the order of its fields."""
    return (
        1,
        int(row.outcome == Outcome.SERVED),
        int(row.outcome in FAILED),
        row.prompt_tokens,
        row.completion_tokens,
        row.cached_tokens,
        row.reasoning_tokens,
        row.cost_micros,
        row.duration_ms,
    )


def _plus(one: Sum, other: Sum) -> Sum:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in COUNTED})
