"""Adds rows of calls up to sums of usage, for the stores that have no query language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Final

from proxy.core.facts import Outcome
from proxy.store.records import By, CallRow, Finding, Sum

FAILED: Final = frozenset({Outcome.FAILED, Outcome.CUT})
"""The outcomes that a sum counts as failed."""

COUNTED: Final = tuple(each.name for each in fields(Sum) if each.name != "group")
"""What is added up."""


def meant(row: CallRow, finding: Finding) -> bool:
    """Whether a row is one of those."""
    return (
        finding.since <= row.at < finding.until
        and finding.team in ("", row.team)
        and finding.key in ("", row.key)
        and finding.job in ("", row.job)
    )


def sum_of(row: CallRow, by: By) -> Sum:
    """One row as a sum of one."""
    return Sum(
        getattr(row, by),
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


def together(sums: Iterable[Sum]) -> list[Sum]:
    """One sum for each group, the largest cost first and equals by name."""
    groups: dict[str, Sum] = {}
    for each in sums:
        so_far = groups.get(each.group)
        groups[each.group] = each if so_far is None else _plus(so_far, each)
    return sorted(groups.values(), key=lambda each: (-each.cost_micros, each.group))


def _plus(one: Sum, other: Sum) -> Sum:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in COUNTED})
