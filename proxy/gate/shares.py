"""Limits and budgets while the store is away: each process keeps to its own share of them until the store is back.

A budget's share begins at nothing spent, because nobody can say what was; what is spent meanwhile is told later.

Invariant: what all processes let through together is at most what the limit allows, as far as they know how many they
are; a share of a limit is at least one a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from proxy.core.clock import Clock
from proxy.store import rules
from proxy.store.memory import MemoryBooks
from proxy.store.records import (
    Ask,
    Conclusion,
    Correction,
    Granted,
    Hold,
    Limited,
    Settlement,
    Short,
    Want,
)


class Shares:
    """The shares of one process.

    Args:
        clock: Time.
        replicas: How many processes there are.
    """

    def __init__(self, clock: Clock, replicas: Callable[[], int] = lambda: 1) -> None:
        self._clock = clock
        self._replicas = replicas
        self._books = MemoryBooks()

    def of(self, ask: Ask) -> Ask:
        """What is asked, of this process's shares."""
        replicas = max(1, self._replicas())
        return Ask(
            _parts(ask.wants, replicas),
            tuple(_part(hold, replicas) for hold in ask.holds),
            _parts(ask.spare, replicas),
        )

    def admit(self, ask: Ask) -> Granted | Limited | Short:
        """Take every want and hold, or nothing."""
        now = self._clock.wall()
        # Nobody else sweeps here; what nobody settled in time would be held for ever, and each call frees what passed before it.
        rules.sweep(self._books, now)
        return rules.admit(self._books, ask, now)

    def conclude(
        self, corrections: Iterable[Correction], settlements: Iterable[Settlement]
    ) -> None:
        """Second thoughts, and what holds came to."""
        end = Conclusion(tuple(settlements), tuple(corrections))
        rules.conclude(self._books, [end], self._clock.wall())


def _parts(wants: Iterable[Want], replicas: int) -> tuple[Want, ...]:
    return tuple(
        Want(want.limit, max(1, want.per_minute // replicas), want.amount) for want in wants
    )


def _part(hold: Hold, replicas: int) -> Hold:
    """A part of a budget; what has none is granted, and so is none of ours."""
    ceiling = 0 if hold.ceiling is None else hold.ceiling // replicas
    return replace(hold, ceiling=ceiling)
