"""The store of a process and all that stands before it: the gate, the board of replicas, and what is done aside.

Invariant: what was opened is closed in the order in which nothing is lost: the gate has its last word before the store goes.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from proxy.config.problems import ConfigError, Problem
from proxy.config.schema import Config
from proxy.core.clock import Clock
from proxy.gate.admit import Gate
from proxy.gate.advice import Board
from proxy.gate.charge import Cost
from proxy.gate.journal import journal_for
from proxy.store.address import AddressError, store_at
from proxy.store.store import Store

ALONE: Final = "memory"
"""The store that no other process shares."""


class Office:
    """One process's.

    Args:
        config: What the process starts with.
        clock: Time.
        instance: This process's name, which no other has.
        cost: Prices an answer.

    Raises:
        ConfigError: the store's address is none.
    """

    def __init__(self, config: Config, clock: Clock, instance: str, cost: Cost) -> None:
        self.store = _store(config, clock)
        """Keys, limits, credits, calls and kept answers."""
        self.board = Board(self.store, clock, instance)
        """What replicas tell each other."""
        folder = Path(config.source).parent if config.source else Path()
        self.gate = Gate(
            config.auth,
            self.store,
            clock,
            cost=cost,
            replicas=lambda: self.board.replicas,
            journal=journal_for(
                config.store.reveal(), folder, os.environ.get("STATE_DIRECTORY", "")
            ),
            patience=config.store_timeout,
        )
        """Who may come in."""

    async def open(self) -> None:
        """Open the store, and begin what is done aside.

        Raises:
            StoreError: the store cannot be opened.
        """
        await self.store.open()
        self.gate.start()
        if self.store.name != ALONE:
            self.board.start()

    async def close(self) -> None:
        """Tell the store of the last calls, and let go of it."""
        await self.gate.close()
        await self.board.close()
        await self.store.close()

    def degraded(self) -> dict[tuple[str, ...], float]:
        """By part, 1 while it does without the store."""
        return {(part,): float(is_so) for part, is_so in self.gate.degraded.items()}


def _store(config: Config, clock: Clock) -> Store:
    try:
        return store_at(config.store.reveal(), clock, config.store_timeout)
    except AddressError as error:
        where = config.source or "the environment"
        raise ConfigError((Problem(where, 0, 0, "store", str(error)),)) from None
