"""Rate limits as a leaky bucket in whole numbers: the form of GCRA that keeps a debt instead of a time.

A unit that is taken owes `UNIT`; `per_minute` of it is paid each microsecond, so a full minute's allowance is owed off in
a minute. Both stay whole numbers for every rate, which a time between two arrivals (60 s / 7) does not.

Invariant: without corrections, what is taken in any `t` seconds never exceeds `per_minute * (1 + t / 60)`.
Source: ITU-T I.371 annex A, the continuous-state leaky bucket, equal to the virtual scheduling algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from proxy.store.records import Level

UNIT: Final = 60_000_000
"""Microseconds of a minute: what one unit owes, in units of `per_minute` a microsecond."""

LONGEST_DEBT: Final = 60
"""Minutes: corrections leave no longer debt behind, so that one runaway answer locks nobody out for a day."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a limit owed at a time."""

    debt: int
    at: int
    """Microseconds since 1970."""


def owed(bucket: Bucket | None, per_minute: int, now: int) -> int:
    """The debt at `now` (microseconds). A clock that was set back pays nothing and forgives nothing."""
    if bucket is None:
        return 0
    return max(0, bucket.debt - max(0, now - bucket.at) * per_minute)


def cost(amount: int, per_minute: int) -> int:
    """What an amount owes; never more than a whole minute's allowance."""
    return min(amount, per_minute) * UNIT


def fits(debt: int, amount: int, per_minute: int) -> bool:
    """Whether it may be taken now."""
    return debt + cost(amount, per_minute) <= per_minute * UNIT


def wait(debt: int, amount: int, per_minute: int) -> float:
    """Seconds until it may be taken, if nobody takes anything else."""
    missing = debt + cost(amount, per_minute) - per_minute * UNIT
    return max(0, -(-missing // per_minute)) / 1e6


def corrected(debt: int, more: int, per_minute: int) -> int:
    """The debt after a second thought; never below nothing, nor above `LONGEST_DEBT`."""
    return max(0, min(debt + more * UNIT, LONGEST_DEBT * per_minute * UNIT))


def level(limit: str, per_minute: int, debt: int) -> Level:
    """How full a limit is."""
    remaining = max(0, per_minute * UNIT - debt) // UNIT
    return Level(limit, per_minute, remaining, debt / per_minute / 1e6)
