"""The ledger's records as arguments of its scripts, and their answers as records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from proxy.store import gcra
from proxy.store.records import (
    Ask,
    Conclusion,
    Entry,
    Granted,
    Hold,
    Limited,
    Settled,
    Short,
    Want,
)
from proxy.store.redis import calls

Argument: TypeAlias = str | bytes | float


def asking(ask: Ask) -> list[Argument]:
    """An ask, for `admit.lua`."""
    arguments: list[Argument] = []
    for wants in (ask.wants, ask.spare):
        arguments.append(len(wants))
        for want in wants:
            arguments += (want.limit, want.per_minute, want.amount)
    arguments.append(len(ask.holds))
    for hold in ask.holds:
        arguments += _holding(hold)
    return arguments


def _holding(hold: Hold) -> tuple[Argument, ...]:
    ceiling: Argument = "" if hold.ceiling is None else hold.ceiling
    return hold.id, hold.account, hold.amount, round(hold.seconds * 1e6), ceiling


def asked(ask: Ask, answer: list[Any]) -> Granted | Limited | Short:
    """What `admit.lua` answered."""
    kind, first, second, *rest = answer
    if kind == b"short":
        return Short(first.decode(), second)
    levels = tuple(
        gcra.level(want.limit, want.per_minute, debt)
        for want, debt in zip(ask.wants, first, strict=True)
    )
    if kind == b"granted":
        return Granted(levels, tuple(ask.spare[place - 1].limit for place in second))
    waits = [
        (_wait(ask.wants[place - 1], debt), ask.wants[place - 1].limit)
        for place, debt in zip(second, rest[0], strict=True)
    ]
    longest, limit = max(waits, key=lambda each: each[0])
    return Limited(limit, longest, levels)


def _wait(want: Want, debt: int) -> float:
    return gcra.wait(debt, want.amount, want.per_minute)


def concluding(ends: Sequence[Conclusion], keep: float) -> list[Argument]:
    """Conclusions, for `conclude.lua`; rows are kept for `keep` seconds."""
    arguments: list[Argument] = [round(keep * 1000), len(ends)]
    for end in ends:
        arguments += calls.telling(end.row)
        arguments.append(len(end.corrections))
        for correction in end.corrections:
            arguments += (correction.limit, correction.per_minute, correction.more)
        arguments.append(len(end.settlements))
        for settlement in end.settlements:
            arguments += (settlement.hold, settlement.actual, settlement.note)
    return arguments


def concluded(ends: Sequence[Conclusion], answer: list[int]) -> list[Settled]:
    """What `conclude.lua` answered."""
    settlements = [settlement for end in ends for settlement in end.settlements]
    pairs = zip(answer[::2], answer[1::2], strict=True)
    return [
        Settled(settlement.hold, taken, shortfall)
        for settlement, (taken, shortfall) in zip(settlements, pairs, strict=True)
    ]


def line(told: list[Any]) -> Entry:
    """A line of the ledger as its stream has it."""
    name, fields = told
    named = {key.decode(): value.decode() for key, value in zip(*[iter(fields)] * 2, strict=True)}
    return Entry(
        name.decode(),
        int(named["at"]) / 1e6,
        named["account"],
        named["kind"],
        int(named["amount"]),
        named["ref"],
        named["note"],
        int(named["shortfall"]),
    )
